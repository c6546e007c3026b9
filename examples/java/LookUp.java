// Looks a citizen up through the LGSP hub and verifies the receipt offline. Needs Java 17 and nothing else.
// Usage: java LookUp.java [sandbox.json]    (default: $SANDBOX_FILE, then var/sandbox/sandbox.json)
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

public final class LookUp {
  private static final String OFFICER = "cb-0001";
  private static final String PURPOSE = "giai-quyet-tthc";
  private static final String CASE_CODE = "H99.10-251123-0001";
  private static final String QUESTION =
      "{\"personalNumber\":\"999190000002\",\"fullName\":\"Nguyễn Thị Thử Nghiệm\",\"birthDate\":\"1990-02-15\"}";

  private static final HttpClient HTTP = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

  public static void main(String[] arguments) {
    try {
      run(Path.of(arguments.length > 0 ? arguments[0]
          : System.getenv().getOrDefault("SANDBOX_FILE", "var/sandbox/sandbox.json")));
    } catch (Failure failure) {
      failure.lines.forEach(line -> System.err.println("  " + line));
      System.err.println("FAILED     " + failure.getMessage());
      System.exit(1);
    } catch (Exception error) {
      System.err.println("FAILED     " + error);
      System.exit(1);
    }
  }

  private static void run(Path file) throws Exception {
    Json sandbox = Json.parse(Files.readString(file));
    Json system = sandbox.get("systems").at(0);
    String hub = sandbox.text("baseUrl");
    String clientId = system.text("clientId");
    String unit = system.get("actingUnits").at(0).text();
    PrivateKey clientKey = readKey(Path.of(system.text("privateKeyFile")));
    step("hub", hub);
    step("system", clientId + " for unit " + unit + ", key read");

    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair dpop = generator.generateKeyPair();
    step("key", "a new P-256 key for DPoP");

    Json token = obtainToken(sandbox.text("tokenUrl"), unit, makeAssertion(clientId, clientKey, hub), dpop);
    String accessToken = token.text("access_token");
    step("token", "bound to our key, for " + token.number("expires_in") + " s");

    HttpResponse<byte[]> looked = signedCall("POST", hub + "/population/v1/citizen-lookups", dpop, accessToken,
        Map.of("Content-Type", "application/json", "Officer", OFFICER, "Purpose", PURPOSE, "Case-Code", CASE_CODE),
        QUESTION);
    String exchange = looked.headers().firstValue("Exchange-Id").orElse("");
    String outcome = Json.parse(new String(looked.body(), UTF_8)).text("outcome");
    step("look-up", outcome + ", exchange " + exchange);

    String receiptUrl = hub + "/evidence/v1/exchanges/" + exchange + "/receipt";
    byte[] answer = signedCall("GET", receiptUrl, dpop, accessToken, Map.of(), "").body();
    Json receipt = Json.parse(new String(answer, UTF_8));
    step("receipt", "leaf " + receipt.number("leafIndex") + " of " + receipt.number("treeSize"));

    verify(receipt, exchange, sandbox.text("logKey"), looked.body());
  }

  private static void step(String name, String text) {
    System.out.printf("%-10s %s%n", name, text);
  }

  // --- Calls ---

  private static HttpResponse<byte[]> call(HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpResponse<byte[]> response = HTTP.send(request.timeout(Duration.ofSeconds(20)).build(), BodyHandlers.ofByteArray());
    if (response.statusCode() == 200) return response;
    throw Failure.of(response.statusCode(), new String(response.body(), UTF_8));
  }

  private static HttpResponse<byte[]> signedCall(String method, String url, KeyPair dpop, String accessToken,
      Map<String, String> headers, String body) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url))
        .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
        .header("Authorization", "DPoP " + accessToken)
        .header("DPoP", makeProof(dpop, method, url, accessToken));
    headers.forEach(request::header);
    return call(request);
  }

  // --- Keys, proofs and the token ---

  /** A private key in PEM (PKCS #8). */
  private static PrivateKey readKey(Path file) throws IOException, GeneralSecurityException {
    String base64 = Files.readString(file).replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
    return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64)));
  }

  /** How a system proves itself (private_key_jwt, RFC 7523): at most 60 s, used once, audience the hub. */
  private static String makeAssertion(String clientId, PrivateKey key, String hub) throws GeneralSecurityException {
    long now = Instant.now().getEpochSecond();
    return sign(key, "{\"typ\":\"JWT\",\"alg\":\"ES256\"}",
        "{\"iss\":\"%s\",\"sub\":\"%s\",\"aud\":\"%s\",\"jti\":\"%s\",\"iat\":%d,\"exp\":%d}"
            .formatted(clientId, clientId, hub, UUID.randomUUID(), now, now + 60));
  }

  /** Good for one request, for a minute (RFC 9449). No access token at the token endpoint. */
  private static String makeProof(KeyPair key, String method, String url, String accessToken)
      throws GeneralSecurityException {
    var point = ((ECPublicKey) key.getPublic()).getW();
    String header = "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\"}}"
        .formatted(toCoordinate(point.getAffineX()), toCoordinate(point.getAffineY()));
    String bound = accessToken == null ? "" : ",\"ath\":\"" + base64url(sha256(accessToken.getBytes(UTF_8))) + "\"";
    return sign(key.getPrivate(), header, "{\"htm\":\"%s\",\"htu\":\"%s\",\"jti\":\"%s\",\"iat\":%d%s}"
        .formatted(method, url, UUID.randomUUID(), Instant.now().getEpochSecond(), bound));
  }

  private static Json obtainToken(String url, String unit, String assertion, KeyPair dpop) throws Exception {
    String form = "grant_type=client_credentials&scope=" + URLEncoder.encode("unit:" + unit, UTF_8)
        + "&client_assertion_type=" + URLEncoder.encode("urn:ietf:params:oauth:client-assertion-type:jwt-bearer", UTF_8)
        + "&client_assertion=" + assertion;
    HttpResponse<byte[]> response = call(HttpRequest.newBuilder(URI.create(url))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("DPoP", makeProof(dpop, "POST", url, null))
        .POST(BodyPublishers.ofString(form)));
    return Json.parse(new String(response.body(), UTF_8));
  }

  /** A JWS in its compact form (RFC 7515), ES256: the signature is the two numbers, not DER. */
  private static String sign(PrivateKey key, String header, String payload) throws GeneralSecurityException {
    String signed = base64url(header.getBytes(UTF_8)) + "." + base64url(payload.getBytes(UTF_8));
    Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
    signature.initSign(key);
    signature.update(signed.getBytes(UTF_8));
    return signed + "." + base64url(signature.sign());
  }

  /** A coordinate of P-256: always 32 bytes, without a sign. */
  private static String toCoordinate(BigInteger number) {
    byte[] bytes = new byte[32];
    byte[] signed = number.toByteArray();
    int length = Math.min(signed.length, 32);
    System.arraycopy(signed, signed.length - length, bytes, 32 - length, length);
    return base64url(bytes);
  }

  private static String base64url(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static byte[] sha256(byte[]... parts) throws GeneralSecurityException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    for (byte[] part : parts) digest.update(part);
    return digest.digest();
  }

  // --- The receipt, verified offline: with the log's key alone ---

  private static void verify(Json receipt, String exchange, String logKey, byte[] answer) throws Exception {
    Json entry = Json.parse(receipt.text("entry"));
    if (!entry.text("exchange").equals(exchange)) throw new Failure("the receipt is of another exchange");
    checkInclusion(receipt);
    step("verified", "the entry is in the tree of the checkpoint");
    checkSignature(receipt.text("checkpoint"), logKey);
    step("verified", "the checkpoint is signed by " + logKey.substring(0, logKey.indexOf('+')));
    String sealed = receipt.get("private").text("text");
    byte[] salt = Base64.getDecoder().decode(receipt.get("private").text("salt"));
    if (!Base64.getEncoder().encodeToString(sha256(salt, sealed.getBytes(UTF_8))).equals(entry.text("sealed")))
      throw new Failure("the private part is not the one that the entry sealed");
    if (!Json.parse(sealed).get("released").text("sha256").equals(HexFormat.of().formatHex(sha256(answer))))
      throw new Failure("another answer was released");
    step("verified", "the answer that we hold is the one on record");
  }

  /** From the leaf to the root (RFC 9162 §2.1.3.2). */
  private static void checkInclusion(Json receipt) throws GeneralSecurityException {
    byte[] hash = sha256(new byte[] {0}, receipt.text("entry").getBytes(UTF_8));
    long leaf = receipt.number("leafIndex");
    long last = receipt.number("treeSize") - 1;
    if (leaf > last) throw new Failure("the leaf lies outside the tree");
    for (Json text : receipt.get("inclusionProof").list()) {
      byte[] sibling = Base64.getDecoder().decode(text.text());
      if (last == 0) throw new Failure("the inclusion proof is too long");
      if (leaf % 2 == 1 || leaf == last) {
        hash = sha256(new byte[] {1}, sibling, hash);
        for (; leaf % 2 == 0 && leaf > 0; leaf /= 2) last /= 2;
      } else {
        hash = sha256(new byte[] {1}, hash, sibling);
      }
      leaf /= 2;
      last /= 2;
    }
    String[] lines = receipt.text("checkpoint").split("\n");
    if (last != 0 || !lines[1].equals(String.valueOf(receipt.number("treeSize")))
        || !Arrays.equals(hash, Base64.getDecoder().decode(lines[2])))
      throw new Failure("the entry is not in that tree");
  }

  /** The note's signature: Ed25519, after four bytes of the key's id (C2SP signed-note). */
  private static void checkSignature(String note, String logKey) throws GeneralSecurityException {
    String[] parts = logKey.split("\\+", 3);
    byte[] typed = Base64.getDecoder().decode(parts[2]);
    // The SubjectPublicKeyInfo of an Ed25519 key is this prefix and its 32 bytes (RFC 8410).
    byte[] encoded = Arrays.copyOf(HexFormat.of().parseHex("302a300506032b6570032100"), 12 + 32);
    System.arraycopy(typed, 1, encoded, 12, 32);
    String signed = note.substring(0, note.lastIndexOf("\n\n") + 1);
    if (!signed.startsWith(parts[0] + "\n")) throw new Failure("the checkpoint is of another log");
    String mark = "— " + parts[0] + " ";
    String line = note.lines().filter(one -> one.startsWith(mark)).findFirst()
        .orElseThrow(() -> new Failure("the note is not signed by " + parts[0]));
    byte[] bytes = Base64.getDecoder().decode(line.substring(mark.length()));
    if (!HexFormat.of().formatHex(bytes, 0, 4).equals(parts[1])) throw new Failure("the note is signed by another key");
    Signature signature = Signature.getInstance("Ed25519");
    signature.initVerify(KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded)));
    signature.update(signed.getBytes(UTF_8));
    if (!signature.verify(Arrays.copyOfRange(bytes, 4, bytes.length)))
      throw new Failure("the signature of " + parts[0] + " does not fit the checkpoint");
  }

  /** A failure in one sentence, with lines that explain it. */
  private static final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1;
    final transient List<String> lines;

    Failure(String message, String... lines) {
      super(message);
      this.lines = List.of(lines);
    }

    /** Of a problem of the hub (RFC 9457), or of an error of the token endpoint (RFC 6749 §5.2). */
    static Failure of(int status, String text) {
      Json body;
      try {
        body = Json.parse(text);
      } catch (Failure unreadable) {
        return new Failure(status + ", and the answer is no problem document");
      }
      if (!body.has("code")) return new Failure(status + " " + body.text("error") + ": " + body.text("error_description"));
      return new Failure(status + " " + body.text("code"),
          "responsible " + body.text("responsible"),
          "exchange    " + (body.has("exchangeId") ? body.text("exchangeId") : "-"),
          "vi          " + body.get("vi").text("action"),
          "en          " + body.get("en").text("action"));
    }
  }

  /** JSON, as far as it is needed here, so that this file stands alone; in a program of yours use your JSON library. */
  private record Json(Object value) {
    static Json parse(String text) {
      Reader reader = new Reader(text);
      Object value = reader.readValue();
      if (reader.peek() != 0) throw new Failure("what should be JSON is not");
      return new Json(value);
    }

    Json get(String name) {
      if (value instanceof Map<?, ?> members && members.containsKey(name)) return new Json(members.get(name));
      throw new Failure("the member " + name + " is missing");
    }

    boolean has(String name) {
      return value instanceof Map<?, ?> members && members.containsKey(name);
    }

    Json at(int place) {
      return list().get(place);
    }

    List<Json> list() {
      if (value instanceof List<?> items) return items.stream().map(Json::new).toList();
      throw new Failure("a list is missing");
    }

    String text() {
      return String.valueOf(value);
    }

    String text(String name) {
      return get(name).text();
    }

    long number(String name) {
      return Long.parseLong(text(name));
    }

    private static final class Reader {
      private final String text;
      private int at;

      Reader(String text) {
        this.text = text;
      }

      /** The next character that is no white space, or 0 at the end. */
      char peek() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) at++;
        return at < text.length() ? text.charAt(at) : 0;
      }

      private void take(char expected) {
        if (peek() != expected) throw new Failure("what should be JSON is not");
        at++;
      }

      Object readValue() {
        return switch (peek()) {
          case '{' -> readObject();
          case '[' -> readList();
          case '"' -> readString();
          default -> readWord();
        };
      }

      private Map<String, Object> readObject() {
        Map<String, Object> members = new LinkedHashMap<>();
        take('{');
        while (peek() != '}') {
          if (!members.isEmpty()) take(',');
          peek();
          String name = readString();
          take(':');
          members.put(name, readValue());
        }
        take('}');
        return members;
      }

      private List<Object> readList() {
        List<Object> items = new ArrayList<>();
        take('[');
        while (peek() != ']') {
          if (!items.isEmpty()) take(',');
          items.add(readValue());
        }
        take(']');
        return items;
      }

      private String readString() {
        StringBuilder read = new StringBuilder();
        take('"');
        for (; at < text.length() && text.charAt(at) != '"'; at++) {
          char sign = text.charAt(at);
          if (sign != '\\') {
            read.append(sign);
            continue;
          }
          char escaped = text.charAt(++at);
          int known = "bfnrt".indexOf(escaped);
          if (escaped == 'u') {
            read.append((char) Integer.parseInt(text, at + 1, at + 5, 16));
            at += 4;
          } else read.append(known < 0 ? escaped : "\b\f\n\r\t".charAt(known));
        }
        take('"');
        return read.toString();
      }

      /** A number, true, false or null, as it is written. */
      private String readWord() {
        int from = at;
        while (at < text.length() && ",]} \n\r\t".indexOf(text.charAt(at)) < 0) at++;
        if (from == at) throw new Failure("what should be JSON is not");
        return text.substring(from, at);
      }
    }
  }
}

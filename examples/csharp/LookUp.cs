// Looks a citizen up through the LGSP hub and verifies the receipt offline. Needs .NET 8 and nothing else.
// Usage: dotnet run [sandbox.json]    (default: $SANDBOX_FILE, then var/sandbox/sandbox.json)
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;

internal static class LookUp
{
    private const string Officer = "cb-0001";
    private const string Purpose = "giai-quyet-tthc";
    private const string CaseCode = "H99.10-251123-0001";
    private const string Question =
        "{\"personalNumber\":\"999190000002\",\"fullName\":\"Nguyễn Thị Thử Nghiệm\",\"birthDate\":\"1990-02-15\"}";

    private static readonly HttpClient Http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false })
    {
        Timeout = TimeSpan.FromSeconds(20),
    };

    private static async Task<int> Main(string[] arguments)
    {
        try
        {
            await Run(arguments.FirstOrDefault()
                ?? Environment.GetEnvironmentVariable("SANDBOX_FILE")
                ?? Path.Combine("var", "sandbox", "sandbox.json"));
            return 0;
        }
        catch (Failure failure)
        {
            foreach (var line in failure.Lines) Console.Error.WriteLine("  " + line);
            Console.Error.WriteLine("FAILED     " + failure.Message);
        }
        catch (Exception error)
        {
            Console.Error.WriteLine($"FAILED     {error.GetType().Name}: {error.Message}");
        }
        return 1;
    }

    private static async Task Run(string file)
    {
        var sandbox = ParseJson(File.ReadAllText(file));
        var system = sandbox.GetProperty("systems")[0];
        var hub = sandbox.GetProperty("baseUrl").GetString();
        var clientId = system.GetProperty("clientId").GetString();
        var unit = system.GetProperty("actingUnits")[0].GetString();
        using (var clientKey = ECDsa.Create())
        using (var dpop = ECDsa.Create(ECCurve.NamedCurves.nistP256))
        {
            clientKey.ImportFromPem(File.ReadAllText(system.GetProperty("privateKeyFile").GetString()));
            Step("hub", hub);
            Step("system", $"{clientId} for unit {unit}, key read");
            Step("key", "a new P-256 key for DPoP");

            var assertion = MakeAssertion(clientId, clientKey, hub);
            var token = await ObtainToken(sandbox.GetProperty("tokenUrl").GetString(), unit, assertion, dpop);
            var accessToken = token.GetProperty("access_token").GetString();
            Step("token", $"bound to our key, for {token.GetProperty("expires_in").GetInt32()} s");

            var headers = new Dictionary<string, string>
            {
                ["Officer"] = Officer,
                ["Purpose"] = Purpose,
                ["Case-Code"] = CaseCode,
            };
            var lookUpUrl = $"{hub}/population/v1/citizen-lookups";
            var looked = await SignedCall(HttpMethod.Post, lookUpUrl, dpop, accessToken, headers, Question);
            var exchange = looked.Headers.GetValues("Exchange-Id").First();
            var answer = await looked.Content.ReadAsByteArrayAsync();
            Step("look-up", $"{ParseJson(Encoding.UTF8.GetString(answer)).GetProperty("outcome").GetString()}, exchange {exchange}");

            var receiptUrl = $"{hub}/evidence/v1/exchanges/{exchange}/receipt";
            var fetched = await SignedCall(HttpMethod.Get, receiptUrl, dpop, accessToken, new Dictionary<string, string>(), null);
            var text = await fetched.Content.ReadAsStringAsync();
            var saved = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file)), "receipt.json");
            File.WriteAllText(saved, text);
            var receipt = ParseJson(text);
            Step("receipt", $"leaf {receipt.GetProperty("leafIndex").GetInt64()} of {receipt.GetProperty("treeSize").GetInt64()}");
            Verify(receipt, exchange, sandbox.GetProperty("logKey").GetString(), answer, saved);
        }
    }

    private static void Step(string name, string text) => Console.WriteLine($"{name,-10} {text}");

    private static JsonElement ParseJson(string text)
    {
        using (var document = JsonDocument.Parse(text)) return document.RootElement.Clone();
    }

    // --- Calls ---

    private static async Task<HttpResponseMessage> Call(HttpRequestMessage request)
    {
        var response = await Http.SendAsync(request);
        if (response.StatusCode == HttpStatusCode.OK) return response;
        throw Failure.Of((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static Task<HttpResponseMessage> SignedCall(
        HttpMethod method, string url, ECDsa dpop, string accessToken, Dictionary<string, string> headers, string body)
    {
        var request = new HttpRequestMessage(method, url);
        request.Headers.Authorization = new AuthenticationHeaderValue("DPoP", accessToken);
        request.Headers.Add("DPoP", MakeProof(dpop, method.Method, url, accessToken));
        foreach (var header in headers) request.Headers.Add(header.Key, header.Value);
        if (body != null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        return Call(request);
    }

    // --- Keys, proofs and the token ---

    /// <summary>How a system proves itself (private_key_jwt, RFC 7523): at most 60 s, used once, audience the hub.</summary>
    private static string MakeAssertion(string clientId, ECDsa key, string hub)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        return Sign(key, "{\"typ\":\"JWT\",\"alg\":\"ES256\"}",
            $"{{\"iss\":\"{clientId}\",\"sub\":\"{clientId}\",\"aud\":\"{hub}\",\"jti\":\"{Guid.NewGuid()}\",\"iat\":{now},\"exp\":{now + 60}}}");
    }

    /// <summary>Good for one request, for a minute (RFC 9449). No access token at the token endpoint.</summary>
    private static string MakeProof(ECDsa key, string method, string url, string accessToken)
    {
        var point = key.ExportParameters(false).Q;
        var jwk = $"{{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"{Base64Url(point.X)}\",\"y\":\"{Base64Url(point.Y)}\"}}";
        var bound = accessToken == null ? "" : $",\"ath\":\"{Base64Url(Hash(Encoding.UTF8.GetBytes(accessToken)))}\"";
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        return Sign(key, $"{{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{jwk}}}",
            $"{{\"htm\":\"{method}\",\"htu\":\"{url}\",\"jti\":\"{Guid.NewGuid()}\",\"iat\":{now}{bound}}}");
    }

    private static async Task<JsonElement> ObtainToken(string url, string unit, string assertion, ECDsa dpop)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, url)
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["grant_type"] = "client_credentials",
                ["scope"] = $"unit:{unit}",
                ["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                ["client_assertion"] = assertion,
            }),
        };
        request.Headers.Add("DPoP", MakeProof(dpop, "POST", url, null));
        return ParseJson(await (await Call(request)).Content.ReadAsStringAsync());
    }

    /// <summary>A JWS in its compact form (RFC 7515), ES256; .NET signs in the form that a JWS wants (IEEE P1363).</summary>
    private static string Sign(ECDsa key, string header, string payload)
    {
        var signed = Base64Url(Encoding.UTF8.GetBytes(header)) + "." + Base64Url(Encoding.UTF8.GetBytes(payload));
        return signed + "." + Base64Url(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256));
    }

    private static string Base64Url(byte[] bytes) =>
        Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static byte[] Hash(params byte[][] parts) => SHA256.HashData(parts.SelectMany(part => part).ToArray());

    // --- The receipt, verified offline: with the log's key alone ---

    private static void Verify(JsonElement receipt, string exchange, string logKey, byte[] answer, string saved)
    {
        var entry = ParseJson(receipt.GetProperty("entry").GetString());
        if (entry.GetProperty("exchange").GetString() != exchange) throw new Failure("the receipt is of another exchange");
        CheckInclusion(receipt, logKey.Substring(0, logKey.IndexOf('+')));
        Step("verified", "the entry is in the tree of the checkpoint");

        var salt = Convert.FromBase64String(receipt.GetProperty("private").GetProperty("salt").GetString());
        var text = receipt.GetProperty("private").GetProperty("text").GetString();
        if (Convert.ToBase64String(Hash(salt, Encoding.UTF8.GetBytes(text))) != entry.GetProperty("sealed").GetString())
            throw new Failure("the private part is not the one that the entry sealed");
        var released = ParseJson(text).GetProperty("released").GetProperty("sha256").GetString();
        if (released != Convert.ToHexString(Hash(answer)).ToLowerInvariant())
            throw new Failure("another answer was released");
        Step("verified", "the answer that we hold is the one on record");

        // The checkpoint is signed by Ed25519, which .NET 8 does not have.
        Step("to do", $"the checkpoint's signature: npx lgsp verify {saved} --log-key {logKey}");
    }

    /// <summary>From the leaf to the root (RFC 9162 §2.1.3.2).</summary>
    private static void CheckInclusion(JsonElement receipt, string origin)
    {
        var hash = Hash(new byte[] { 0 }, Encoding.UTF8.GetBytes(receipt.GetProperty("entry").GetString()));
        var leaf = receipt.GetProperty("leafIndex").GetInt64();
        var last = receipt.GetProperty("treeSize").GetInt64() - 1;
        if (leaf > last) throw new Failure("the leaf lies outside the tree");
        foreach (var text in receipt.GetProperty("inclusionProof").EnumerateArray())
        {
            var sibling = Convert.FromBase64String(text.GetString());
            if (last == 0) throw new Failure("the inclusion proof is too long");
            if (leaf % 2 == 1 || leaf == last)
            {
                hash = Hash(new byte[] { 1 }, sibling, hash);
                for (; leaf % 2 == 0 && leaf > 0; leaf /= 2) last /= 2;
            }
            else
            {
                hash = Hash(new byte[] { 1 }, hash, sibling);
            }
            leaf /= 2;
            last /= 2;
        }
        var lines = receipt.GetProperty("checkpoint").GetString().Split('\n');
        if (lines[0] != origin) throw new Failure("the checkpoint is of another log");
        if (last != 0 || lines[1] != receipt.GetProperty("treeSize").GetInt64().ToString() || lines[2] != Convert.ToBase64String(hash))
            throw new Failure("the entry is not in that tree");
    }

    /// <summary>A failure in one sentence, with lines that explain it.</summary>
    private sealed class Failure : Exception
    {
        public Failure(string message, params string[] lines) : base(message) => Lines = lines;

        public IReadOnlyList<string> Lines { get; }

        /// <summary>Of a problem of the hub (RFC 9457), or of an error of the token endpoint (RFC 6749 §5.2).</summary>
        public static Failure Of(int status, string text)
        {
            try
            {
                var body = ParseJson(text);
                if (body.TryGetProperty("error", out _))
                    return new Failure($"{status} {Text(body, "error")}: {Text(body, "error_description")}");
                return new Failure($"{status} {Text(body, "code")}",
                    "responsible " + Text(body, "responsible"),
                    "exchange    " + Text(body, "exchangeId"),
                    "vi          " + Text(body.GetProperty("vi"), "action"),
                    "en          " + Text(body.GetProperty("en"), "action"));
            }
            catch (JsonException)
            {
                return new Failure($"{status}, and the answer is no problem document");
            }
        }

        private static string Text(JsonElement body, string name) =>
            body.TryGetProperty(name, out var value) ? value.GetString() : "-";
    }
}

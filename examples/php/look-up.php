<?php
// Looks a citizen up through the LGSP hub and verifies the receipt offline. Needs PHP 8.2 with openssl and sodium.
// Usage: php look-up.php [sandbox.json]    (default: $SANDBOX_FILE, then var/sandbox/sandbox.json)
declare(strict_types=1);

const OFFICER = 'cb-0001';
const PURPOSE = 'giai-quyet-tthc';
const CASE_CODE = 'H99.10-251123-0001';
const QUESTION = ['personalNumber' => '999190000002', 'fullName' => 'Nguyễn Thị Thử Nghiệm', 'birthDate' => '1990-02-15'];

/** A failure in one sentence, with lines that explain it. */
final class Failure extends RuntimeException
{
    /** @param list<string> $lines */
    public function __construct(string $message, public readonly array $lines = [])
    {
        parent::__construct($message);
    }

    /** Of a problem of the hub (RFC 9457), or of an error of the token endpoint (RFC 6749 §5.2). */
    public static function of(int $status, string $text): self
    {
        $body = json_decode($text, true);
        if (isset($body['code'])) {
            return new self("$status {$body['code']}", [
                "responsible {$body['responsible']}",
                'exchange    ' . ($body['exchangeId'] ?? '-'),
                "vi          {$body['vi']['action']}",
                "en          {$body['en']['action']}",
            ]);
        }
        if (isset($body['error'])) {
            return new self("$status {$body['error']}: " . ($body['error_description'] ?? ''));
        }
        return new self("$status, and the answer is no problem document");
    }
}

function step(string $name, string $text): void
{
    printf("%-10s %s\n", $name, $text);
}

// --- Calls ---

/**
 * @param array<string, string> $headers
 * @return array{body: string, headers: array<string, string>} names of headers in lower case
 */
function call(string $method, string $url, array $headers, string $body = ''): array
{
    $lines = array_map(fn ($name, $value) => "$name: $value", array_keys($headers), $headers);
    $context = stream_context_create(['http' => [
        'method' => $method,
        'header' => $lines,
        'content' => $body,
        'timeout' => 20,
        'follow_location' => 0,
        'ignore_errors' => true,
    ]]);
    $answer = @file_get_contents($url, false, $context);
    if ($answer === false) {
        throw new Failure("the hub cannot be reached at $url");
    }
    $status = (int) explode(' ', $http_response_header[0])[1];
    if ($status !== 200) {
        throw Failure::of($status, $answer);
    }
    $given = [];
    foreach (array_slice($http_response_header, 1) as $line) {
        [$name, $value] = explode(':', $line, 2);
        $given[strtolower($name)] = trim($value);
    }
    return ['body' => $answer, 'headers' => $given];
}

/** @return array<string, mixed> */
function parse_json(string $text): array
{
    return json_decode($text, true, 64, JSON_THROW_ON_ERROR);
}

// --- Keys, proofs and the token ---

function base64url(string $bytes): string
{
    return rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
}

/** OpenSSL signs in DER; a JWS wants the two numbers, 32 bytes each (RFC 7518 §3.4). */
function to_raw_signature(string $der): string
{
    $raw = '';
    for ($at = 2; $at < strlen($der); $at += 2 + $length) {
        $length = ord($der[$at + 1]);
        $number = ltrim(substr($der, $at + 2, $length), "\0");
        $raw .= str_pad($number, 32, "\0", STR_PAD_LEFT);
    }
    return $raw;
}

/** A JWS in its compact form (RFC 7515), ES256. */
function sign_jws(OpenSSLAsymmetricKey $key, array $header, array $payload): string
{
    $signed = base64url(json_encode($header, JSON_UNESCAPED_SLASHES)) . '.'
        . base64url(json_encode($payload, JSON_UNESCAPED_SLASHES));
    openssl_sign($signed, $der, $key, OPENSSL_ALGO_SHA256);
    return $signed . '.' . base64url(to_raw_signature($der));
}

/** How a system proves itself (private_key_jwt, RFC 7523): at most 60 s, used once, audience the hub. */
function make_assertion(string $clientId, OpenSSLAsymmetricKey $key, string $hub): string
{
    return sign_jws($key, ['typ' => 'JWT', 'alg' => 'ES256'], [
        'iss' => $clientId,
        'sub' => $clientId,
        'aud' => $hub,
        'jti' => bin2hex(random_bytes(16)),
        'iat' => time(),
        'exp' => time() + 60,
    ]);
}

/** Good for one request, for a minute (RFC 9449). No access token at the token endpoint. */
function make_proof(OpenSSLAsymmetricKey $key, string $method, string $url, ?string $accessToken = null): string
{
    $point = openssl_pkey_get_details($key)['ec'];
    $jwk = [
        'kty' => 'EC',
        'crv' => 'P-256',
        'x' => base64url(str_pad($point['x'], 32, "\0", STR_PAD_LEFT)),
        'y' => base64url(str_pad($point['y'], 32, "\0", STR_PAD_LEFT)),
    ];
    $payload = ['htm' => $method, 'htu' => $url, 'jti' => bin2hex(random_bytes(16)), 'iat' => time()];
    if ($accessToken !== null) {
        $payload['ath'] = base64url(hash('sha256', $accessToken, true));
    }
    return sign_jws($key, ['typ' => 'dpop+jwt', 'alg' => 'ES256', 'jwk' => $jwk], $payload);
}

/** @return array{access_token: string, expires_in: int} */
function obtain_token(string $url, string $unit, string $assertion, OpenSSLAsymmetricKey $dpop): array
{
    $headers = ['Content-Type' => 'application/x-www-form-urlencoded', 'DPoP' => make_proof($dpop, 'POST', $url)];
    $form = http_build_query([
        'grant_type' => 'client_credentials',
        'scope' => "unit:$unit",
        'client_assertion_type' => 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        'client_assertion' => $assertion,
    ]);
    return parse_json(call('POST', $url, $headers, $form)['body']);
}

// --- The receipt, verified offline: with the log's key alone ---

/** From the leaf to the root (RFC 9162 §2.1.3.2). */
function check_inclusion(array $receipt): void
{
    $hash = hash('sha256', "\0" . $receipt['entry'], true);
    $leaf = $receipt['leafIndex'];
    $last = $receipt['treeSize'] - 1;
    if ($leaf > $last) {
        throw new Failure('the leaf lies outside the tree');
    }
    foreach ($receipt['inclusionProof'] as $text) {
        $sibling = base64_decode($text, true);
        if ($last === 0) {
            throw new Failure('the inclusion proof is too long');
        }
        if ($leaf % 2 === 1 || $leaf === $last) {
            $hash = hash('sha256', "\1" . $sibling . $hash, true);
            for (; $leaf % 2 === 0 && $leaf > 0; $leaf >>= 1) {
                $last >>= 1;
            }
        } else {
            $hash = hash('sha256', "\1" . $hash . $sibling, true);
        }
        $leaf >>= 1;
        $last >>= 1;
    }
    [, $size, $root] = explode("\n", $receipt['checkpoint']);
    if ($last !== 0 || $size !== (string) $receipt['treeSize'] || $root !== base64_encode($hash)) {
        throw new Failure('the entry is not in that tree');
    }
}

/** The note's signature: Ed25519, after four bytes of the key's id (C2SP signed-note). */
function check_signature(string $note, string $logKey): void
{
    [$name, $keyId, $typed] = explode('+', $logKey, 3);
    $signed = substr($note, 0, strrpos($note, "\n\n") + 1);
    if (!str_starts_with($signed, "$name\n")) {
        throw new Failure('the checkpoint is of another log');
    }
    $mark = "— $name ";
    $lines = array_filter(explode("\n", $note), fn ($line) => str_starts_with($line, $mark));
    $bytes = base64_decode(substr(reset($lines) ?: '', strlen($mark)), true) ?: '';
    if (bin2hex(substr($bytes, 0, 4)) !== $keyId || strlen($bytes) !== 4 + SODIUM_CRYPTO_SIGN_BYTES) {
        throw new Failure('the note is signed by another key');
    }
    $key = substr(base64_decode($typed, true), 1);
    if (!sodium_crypto_sign_verify_detached(substr($bytes, 4), $signed, $key)) {
        throw new Failure("the signature of $name does not fit the checkpoint");
    }
}

/** The answer that we hold is the one that was recorded before it was released. */
function check_answer(array $receipt, string $answer): void
{
    ['salt' => $salt, 'text' => $text] = $receipt['private'];
    $sealed = base64_encode(hash('sha256', base64_decode($salt, true) . $text, true));
    if ($sealed !== parse_json($receipt['entry'])['sealed']) {
        throw new Failure('the private part is not the one that the entry sealed');
    }
    if (parse_json($text)['released']['sha256'] !== hash('sha256', $answer)) {
        throw new Failure('another answer was released');
    }
}

// --- All of it ---

function main(string $file): void
{
    if (!is_readable($file)) {
        throw new Failure("$file cannot be read; was the sandbox started?");
    }
    ['baseUrl' => $hub, 'tokenUrl' => $tokenUrl, 'logKey' => $logKey, 'systems' => [$system]] = parse_json(file_get_contents($file));
    $unit = $system['actingUnits'][0];
    $clientKey = openssl_pkey_get_private(file_get_contents($system['privateKeyFile']));
    step('hub', $hub);
    step('system', "{$system['clientId']} for unit $unit, key read");

    $dpop = openssl_pkey_new(['private_key_type' => OPENSSL_KEYTYPE_EC, 'curve_name' => 'prime256v1']);
    step('key', 'a new P-256 key for DPoP');

    $token = obtain_token($tokenUrl, $unit, make_assertion($system['clientId'], $clientKey, $hub), $dpop);
    step('token', "bound to our key, for {$token['expires_in']} s");

    $signedCall = fn (string $method, string $url, array $headers = [], string $body = '') => call($method, $url, $headers + [
        'Authorization' => "DPoP {$token['access_token']}",
        'DPoP' => make_proof($dpop, $method, $url, $token['access_token']),
    ], $body);

    $headers = ['Content-Type' => 'application/json', 'Officer' => OFFICER, 'Purpose' => PURPOSE, 'Case-Code' => CASE_CODE];
    $looked = $signedCall('POST', "$hub/population/v1/citizen-lookups", $headers, json_encode(QUESTION));
    $exchange = $looked['headers']['exchange-id'];
    step('look-up', parse_json($looked['body'])['outcome'] . ", exchange $exchange");

    $receipt = parse_json($signedCall('GET', "$hub/evidence/v1/exchanges/$exchange/receipt")['body']);
    step('receipt', "leaf {$receipt['leafIndex']} of {$receipt['treeSize']}");

    if (parse_json($receipt['entry'])['exchange'] !== $exchange) {
        throw new Failure('the receipt is of another exchange');
    }
    check_inclusion($receipt);
    step('verified', 'the entry is in the tree of the checkpoint');
    check_signature($receipt['checkpoint'], $logKey);
    step('verified', 'the checkpoint is signed by ' . explode('+', $logKey)[0]);
    check_answer($receipt, $looked['body']);
    step('verified', 'the answer that we hold is the one on record');
}

try {
    main($argv[1] ?? (getenv('SANDBOX_FILE') ?: 'var/sandbox/sandbox.json'));
} catch (Throwable $error) {
    foreach ($error instanceof Failure ? $error->lines : [] as $line) {
        fwrite(STDERR, "  $line\n");
    }
    fwrite(STDERR, "FAILED     {$error->getMessage()}\n");
    exit(1);
}

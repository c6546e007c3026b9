#!/usr/bin/env bash
# Looks a citizen up through the LGSP hub and verifies the receipt offline. Needs bash, curl and OpenSSL 3.
# Usage: look-up.sh [sandbox.json]    (default: $SANDBOX_FILE, then var/sandbox/sandbox.json)
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

officer=cb-0001
purpose=giai-quyet-tthc
case_code=H99.10-251123-0001
question='{"personalNumber":"999190000002","fullName":"Nguyễn Thị Thử Nghiệm","birthDate":"1990-02-15"}'

step() { printf '%-10s %s\n' "$1" "$2"; }
fail() { printf 'FAILED     %s\n' "$1" >&2; exit 1; }

# --- JSON: enough for the hub's own answers; where jq is at hand, use it instead ---

# The first member of this name, unquoted: text_of <json> <name>, number_of <json> <name>
text_of() {
  local quoted
  quoted=$(tr -d '\n' <<<"$1" | grep -oE "\"$2\": *\"([^\"\\]|\\\\.)*\"" | sed -n 1p | sed -E 's/^"[^"]*": *"//; s/"$//')
  # printf knows JSON's other escapes (\n, \u2014), but not these.
  printf '%b' "$(sed -E 's/\\\\/\\x5c/g; s/\\"/\\x22/g; s/\\\//\//g' <<<"$quoted")"
}
number_of() { grep -oE "\"$2\": *[0-9]+" <<<"$1" | sed -n 1p | sed -E 's/.*: *//'; }

# --- Base64, SHA-256, JWS (ES256) ---

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
unbase64() { openssl base64 -d -A; }
sha256() { openssl dgst -sha256 -binary; }
sha256_hex() { openssl dgst -sha256 -r | cut -d ' ' -f 1; }

# OpenSSL signs in DER; a JWS wants the two numbers, 32 bytes each (RFC 7518 §3.4).
raw_signature() {
  openssl asn1parse -inform DER | sed -nE 's/.*INTEGER *:([0-9A-F]+)$/\1/p' |
    while read -r number; do printf '%64s' "$number" | tr ' ' 0 | tail -c 64; done
}
unhex() { local hex; hex=$(cat); printf '%b' "$(sed -E 's/(..)/\\x\1/g' <<<"$hex")"; }

# jws <key file> <header> <payload>
jws() {
  local signed
  signed="$(printf %s "$2" | base64url).$(printf %s "$3" | base64url)"
  printf '%s.%s' "$signed" "$(printf %s "$signed" | openssl dgst -sha256 -sign "$1" | raw_signature | unhex | base64url)"
}

# The public key of a P-256 key: its point is the last 64 bytes of the DER form (RFC 5480).
public_jwk() {
  openssl ec -in "$1" -pubout -outform DER 2>/dev/null | tail -c 64 >"$work/point"
  printf '{"kty":"EC","crv":"P-256","x":"%s","y":"%s"}' \
    "$(head -c 32 "$work/point" | base64url)" "$(tail -c 32 "$work/point" | base64url)"
}

# proof <method> <url> [access token]: good for one request, for a minute (RFC 9449)
proof() {
  local bound=''
  [ $# -lt 3 ] || bound=",\"ath\":\"$(printf %s "$3" | sha256 | base64url)\""
  jws "$work/dpop.pem" "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":$(public_jwk "$work/dpop.pem")}" \
    "{\"htm\":\"$1\",\"htu\":\"$2\",\"jti\":\"$(openssl rand -hex 16)\",\"iat\":$(date +%s)$bound}"
}

# --- Calls. Headers go by a file: what stands on a command line can be seen by every account of the machine ---

# call <method> <url> [curl options]: the answer in $work/answer, its headers in $work/answer.headers
call() {
  local method=$1 url=$2 status
  shift 2
  status=$(curl -sS -X "$method" -H "@$work/headers" -o "$work/answer" -D "$work/answer.headers" \
    --max-time 20 -w '%{http_code}' "$@" "$url") || fail "the hub at $base_url cannot be reached"
  [ "$status" = 200 ] || explain_problem "$status"
}

# A problem of the hub (RFC 9457), or an error of the token endpoint (RFC 6749 §5.2)
explain_problem() {
  local answer
  answer=$(cat "$work/answer")
  if grep -q '"responsible"' <<<"$answer"; then
    printf '  responsible %s\n  exchange    %s\n  vi          %s\n  en          %s\n' \
      "$(text_of "$answer" responsible)" "$(text_of "$answer" exchangeId)" \
      "$(text_of "${answer#*\"vi\":}" action)" "$(text_of "${answer#*\"en\":}" action)" >&2
    fail "$1 $(text_of "$answer" code)"
  fi
  fail "$1 $(text_of "$answer" error) $(text_of "$answer" error_description)"
}

signed_call() {
  printf 'Authorization: DPoP %s\nDPoP: %s\n' "$token" "$(proof "$1" "$2" "$token")" >"$work/headers"
  call "$@"
}

# --- 1 Who we are ---
file=${1:-${SANDBOX_FILE:-var/sandbox/sandbox.json}}
[ -r "$file" ] || fail "$file cannot be read; was the sandbox started?"
sandbox=$(cat "$file")
base_url=$(text_of "$sandbox" baseUrl)
token_url=$(text_of "$sandbox" tokenUrl)
log_key=$(text_of "$sandbox" logKey)
client_id=$(text_of "${sandbox#*\"systems\"}" clientId)
key_file=$(text_of "${sandbox#*\"systems\"}" privateKeyFile)
unit=$(tr -d '\n' <<<"${sandbox#*\"actingUnits\"}" | grep -oE '"[^"]+"' | sed -n 1p | tr -d '"')
[ -r "$key_file" ] || fail 'sandbox.json names no key that can be read; was the sandbox started?'
step hub "$base_url"
step system "$client_id for unit $unit, key read"

# --- 2 A key of our own, to which the token will be bound ---
(umask 077 && openssl ecparam -name prime256v1 -genkey -noout -out "$work/dpop.pem")
step key 'a new P-256 key for DPoP'

# --- 3 The token: we prove ourselves by our private key (private_key_jwt), at most 60 s, audience the hub ---
now=$(date +%s)
assertion=$(jws "$key_file" '{"typ":"JWT","alg":"ES256"}' \
  "{\"iss\":\"$client_id\",\"sub\":\"$client_id\",\"aud\":\"$base_url\",\"jti\":\"$(openssl rand -hex 16)\",\"iat\":$now,\"exp\":$((now + 60))}")
printf 'DPoP: %s\n' "$(proof POST "$token_url")" >"$work/headers"
printf '%s' "grant_type=client_credentials&scope=unit%3A$unit&client_assertion=$assertion" >"$work/form"
printf '%s' '&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer' >>"$work/form"
call POST "$token_url" --data "@$work/form"
token=$(text_of "$(cat "$work/answer")" access_token)
step token "bound to our key, for $(number_of "$(cat "$work/answer")" expires_in) s"

# --- 4 The look-up ---
signed_call POST "$base_url/population/v1/citizen-lookups" -H 'Content-Type: application/json' \
  -H "Officer: $officer" -H "Purpose: $purpose" -H "Case-Code: $case_code" --data "$question"
exchange=$(grep -i '^exchange-id:' "$work/answer.headers" | tr -d '\r' | cut -d ' ' -f 2)
answer_hash=$(sha256_hex <"$work/answer")
step look-up "$(text_of "$(cat "$work/answer")" outcome), exchange $exchange"

# --- 5 The receipt ---
signed_call GET "$base_url/evidence/v1/exchanges/$exchange/receipt"
receipt=$(cat "$work/answer")
entry=$(text_of "$receipt" entry)
index=$(number_of "$receipt" leafIndex)
size=$(number_of "$receipt" treeSize)
# A shell drops newlines at the end of a text, and those of a note count.
note=$(text_of "$receipt" checkpoint; printf .)
note=${note%.}
step receipt "leaf $index of $size"

# --- 6 Verified offline, with the log's key alone ---
case $entry in *"\"exchange\":\"$exchange\""*) ;; *) fail 'the receipt is of another exchange' ;; esac

# From the leaf to the root (RFC 9162 §2.1.3.2)
hash=$({ printf '\x00'; printf %s "$entry"; } | sha256 | openssl base64 -A)
hash_node() { { printf '\x01'; unbase64 <<<"$1"; unbase64 <<<"$2"; } | sha256 | openssl base64 -A; }
leaf=$index
last=$((size - 1))
((leaf <= last)) || fail 'the leaf lies outside the tree'
proofs=${receipt#*\"inclusionProof\":[}
for sibling in $(grep -oE '"[^"]+"' <<<"${proofs%%]*}" | tr -d '"'); do
  ((last > 0)) || fail 'the inclusion proof is too long'
  if ((leaf % 2 == 1 || leaf == last)); then
    hash=$(hash_node "$sibling" "$hash")
    while ((leaf % 2 == 0 && leaf > 0)); do ((leaf /= 2, last /= 2)) || true; done
  else
    hash=$(hash_node "$hash" "$sibling")
  fi
  ((leaf /= 2, last /= 2)) || true
done
signed=${note%%$'\n\n'*}$'\n'
{ read -r origin; read -r signed_size; read -r root; } <<<"$signed"
[ "$last $hash $signed_size" = "0 $root $size" ] || fail 'the entry is not in that tree'
step verified 'the entry is in the tree of the checkpoint'

# The note's signature: Ed25519, after four bytes of the key's id (C2SP signed-note)
name=${log_key%%+*}
key_id=$(cut -d + -f 2 <<<"$log_key")
{ unbase64 <<<'MCowBQYDK2VwAyEA'; cut -d + -f 3- <<<"$log_key" | unbase64 | tail -c 32; } >"$work/log.der"
signature=$(grep -F -- "— $name " <<<"$note" | sed -n 1p) || fail "the note is not signed by $name"
printf %s "${signature##* }" | unbase64 >"$work/signature"
[ "$origin" = "$name" ] || fail 'the checkpoint is of another log'
[ "$(head -c 4 "$work/signature" | od -An -tx1 | tr -d ' \n')" = "$key_id" ] || fail 'the note is signed by another key'
tail -c 64 "$work/signature" >"$work/ed25519"
printf %s "$signed" >"$work/note"
openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/log.der" -rawin -in "$work/note" -sigfile "$work/ed25519" \
  >"$work/verdict" 2>&1 || fail "the signature of $name does not fit the checkpoint"
step verified "the checkpoint is signed by $name"

# The private part is the one that was sealed, and it names the very answer that we hold.
private=${receipt#*\"private\":}
private_text=$(text_of "$private" text)
sealed=$({ text_of "$private" salt | unbase64; printf %s "$private_text"; } | sha256 | openssl base64 -A)
[ "$sealed" = "$(text_of "$entry" sealed)" ] || fail 'the private part is not the one that the entry sealed'
case ${private_text#*\"released\":} in *"\"sha256\":\"$answer_hash\""*) ;; *) fail 'another answer was released' ;; esac
step verified 'the answer that we hold is the one on record'

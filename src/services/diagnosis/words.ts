// What a diagnosis says of each check, in both languages. Nothing of the token is repeated.
import type { components } from '../../../openapi/types/diagnosis.v1.ts';
import type { ProblemEntry } from '../../problem-codes/entry.ts';

/** Names of checks, as the contract lists them. */
export type CheckName = components['schemas']['CheckName'];

/** One check with what came of it. */
export type Check = components['schemas']['Check'];

interface Words {
  readonly vi: string;
  readonly en: string;
}

interface Verdicts {
  readonly good: Words;
  readonly bad: Words;
}

const verdicts: Readonly<Record<CheckName, Verdicts>> = {
  form: {
    good: { vi: 'Mã là một JWT đọc được.', en: 'The token is a readable JWT.' },
    bad: {
      vi: 'Mã không phải JWT đọc được: ba phần base64url, không có thành viên trùng tên, tối đa 4096 ký tự. Gửi mã nguyên vẹn, không kèm Bearer hay DPoP.',
      en: 'The token is no readable JWT: three base64url parts, no member named twice, at most 4096 characters. Send it whole, without Bearer or DPoP.',
    },
  },
  type: {
    good: { vi: 'Loại mã là at+jwt.', en: 'The type is at+jwt.' },
    bad: {
      vi: 'Đây không phải mã truy cập (typ phải là at+jwt). Có thể đã gửi nhầm client assertion hoặc bằng chứng DPoP. Với client assertion, /oauth/token tự nêu lý do (error_description).',
      en: 'This is no access token (typ must be at+jwt). Perhaps a client assertion or a DPoP proof was sent instead. Of a client assertion /oauth/token itself says what is wrong (error_description).',
    },
  },
  algorithm: {
    good: { vi: 'Thuật toán là ES256.', en: 'The algorithm is ES256.' },
    bad: {
      vi: 'Trục chỉ nhận thuật toán ES256; mã này không do trục cấp.',
      en: 'Only ES256 is accepted; this token was not issued by the hub.',
    },
  },
  key: {
    good: { vi: 'Khóa ký (kid) là khóa của trục này.', en: 'The signing key (kid) is one of this hub.' },
    bad: {
      vi: 'Trục này không biết khóa ký (kid): mã của trục hay môi trường khác, hoặc khóa đã thôi dùng. Xin mã mới tại trục này.',
      en: 'This hub does not know the signing key (kid): a token of another hub or environment, or of a retired key. Obtain a new one here.',
    },
  },
  signature: {
    good: { vi: 'Chữ ký đúng.', en: 'The signature is good.' },
    bad: {
      vi: 'Chữ ký không đúng: mã đã bị sửa, bị cắt, hoặc do khóa khác ký.',
      en: 'The signature is not good: the token was altered, cut, or signed with another key.',
    },
  },
  issuer: {
    good: { vi: 'Bên cấp mã là trục này.', en: 'The issuer is this hub.' },
    bad: {
      vi: 'Mã do bên khác cấp (iss). So sánh với issuer trong câu trả lời này.',
      en: 'The token names another issuer (iss). Compare with issuer in this answer.',
    },
  },
  audience: {
    good: { vi: 'Mã dành cho môi trường này.', en: 'The token is meant for this environment.' },
    bad: {
      vi: 'Mã dành cho nơi khác (aud). Mã của môi trường này không dùng được ở môi trường khác.',
      en: 'The token is meant for elsewhere (aud). A token of one environment is worth nothing in another.',
    },
  },
  clock: {
    good: { vi: 'Thời điểm cấp không ở tương lai.', en: 'The time of issue is not in the future.' },
    bad: {
      vi: 'Thời điểm cấp (iat) thiếu hoặc ở tương lai so với giờ của trục. Kiểm tra đồng hồ máy.',
      en: "The time of issue (iat) is missing or in the future by the hub's time. Check the clock.",
    },
  },
  life: {
    good: { vi: 'Thời hạn của mã hợp lệ.', en: 'The life of the token is allowed.' },
    bad: {
      vi: 'Thời hạn của mã thiếu, sai thứ tự hoặc dài hơn 600 giây (iat, exp, nbf).',
      en: 'The life of the token is missing, out of order, or longer than 600 seconds (iat, exp, nbf).',
    },
  },
  expiry: {
    good: { vi: 'Mã chưa hết hạn.', en: 'The token has not expired.' },
    bad: { vi: 'Mã đã hết hạn. Xin mã mới.', en: 'The token has expired. Obtain a new one.' },
  },
  client: {
    good: { vi: 'Mã nêu một hệ thống.', en: 'The token names a system.' },
    bad: {
      vi: 'Mã không nêu rõ hệ thống (client_id, sub, jti).',
      en: 'The token does not name a system as it must (client_id, sub, jti).',
    },
  },
  unit: {
    good: { vi: 'Mã dành cho đúng một đơn vị.', en: 'The token is for exactly one unit.' },
    bad: {
      vi: 'Mã không dành cho đơn vị này. Mỗi mã dành cho đúng một đơn vị: xin mã với scope unit:<mã đơn vị>.',
      en: 'The token is not for this unit. Each token is for exactly one: obtain one with the scope unit:<id>.',
    },
  },
  binding: {
    good: {
      vi: 'Mã gắn với bên giữ như yêu cầu; xem boundTo.',
      en: 'The token is bound to its holder as far as is asked for; see boundTo.',
    },
    bad: {
      vi: 'Thông tin gắn mã (cnf) không đọc được.',
      en: 'What the token is bound to (cnf) cannot be read.',
    },
  },
  proof: {
    good: {
      vi: 'Bằng chứng DPoP phù hợp với mã. Mỗi bằng chứng chỉ dùng được một lần, trong một phút.',
      en: 'The DPoP proof fits the token. A proof is good once, within a minute.',
    },
    bad: { vi: 'Bằng chứng DPoP không đọc được.', en: 'The DPoP proof cannot be read.' },
  },
  system: {
    good: { vi: 'Hệ thống đang hoạt động.', en: 'The system is active.' },
    bad: { vi: 'Hệ thống không có trong danh bạ.', en: 'The system is not in the registry.' },
  },
  revocation: {
    good: { vi: 'Mã chưa bị thu hồi.', en: 'The token has not been revoked.' },
    bad: { vi: 'Mã đã bị thu hồi.', en: 'The token has been revoked.' },
  },
  operation: {
    good: { vi: 'Trục có thao tác này.', en: 'The hub has this operation.' },
    bad: {
      vi: 'Trục không có thao tác này. Viết theo mẫu <dịch vụ>/<operationId>, ví dụ population.v1/lookUpCitizen.',
      en: 'The hub has no such operation. Write <service>/<operationId>, for example population.v1/lookUpCitizen.',
    },
  },
  service: {
    good: { vi: 'Dịch vụ đang hoạt động.', en: 'The service is in operation.' },
    bad: { vi: 'Dịch vụ đang tắt.', en: 'The service is switched off.' },
  },
  mandate: {
    good: { vi: 'Đơn vị đã ủy quyền cho hệ thống.', en: 'The unit has mandated the system.' },
    bad: {
      vi: 'Đơn vị không có trong danh bạ hoặc chưa ủy quyền.',
      en: 'The unit is not in the registry, or has not mandated the system.',
    },
  },
  purpose: {
    good: { vi: 'Mục đích đã được cấp.', en: 'The purpose is granted.' },
    bad: { vi: 'Mục đích chưa được cấp.', en: 'The purpose is not granted.' },
  },
  grant: {
    good: {
      vi: 'Có quyền khai thác đang có hiệu lực. Địa chỉ mạng, mã hồ sơ và hạn mức chỉ được kiểm tra khi gọi thật.',
      en: 'A grant is in force. Addresses, case codes and quotas are checked at the call itself.',
    },
    bad: { vi: 'Không có quyền khai thác.', en: 'There is no grant.' },
  },
};

/** A check with the words of its verdict. */
export const toCheck = (check: CheckName, ok: boolean): Check => ({
  check,
  ok,
  ...verdicts[check][ok ? 'good' : 'bad'],
});

/** The check of the expiry of a token of which the registry tells nothing any more. */
export const toLongExpired = (): Check => ({
  check: 'expiry',
  ok: false,
  vi: 'Mã đã hết hạn hơn một giờ trước. Xin mã mới. Về hệ thống, ủy quyền và quyền khai thác không trả lời cho mã cũ như vậy.',
  en: 'The token expired more than an hour ago. Obtain a new one. Of system, mandate and grant nothing is told for one so old.',
});

/** A check that failed with a problem of the request path, in that problem's words. */
export const toFailedCheck = (check: CheckName, { vi, en }: Pick<ProblemEntry, 'vi' | 'en'>): Check => ({
  check,
  ok: false,
  vi: `${vi.title}. ${vi.action}`,
  en: `${en.title}. ${en.action}`,
});

/** What is wrong with a proof, by the member that does not fit. */
const proofFaults: Readonly<Record<string, Words>> = {
  typ: { vi: 'typ phải là dpop+jwt', en: 'typ must be dpop+jwt' },
  alg: { vi: 'alg phải là ES256 hoặc EdDSA', en: 'alg must be ES256 or EdDSA' },
  jwk: {
    vi: 'jwk phải là khóa công khai của thuật toán đó, không có phần riêng',
    en: 'jwk must be a public key of that algorithm, without private members',
  },
  jti: { vi: 'jti phải có từ 1 đến 128 ký tự', en: 'jti must have 1 to 128 characters' },
  iat: {
    vi: 'iat lệch hơn 60 giây so với giờ của trục; kiểm tra đồng hồ máy',
    en: "iat is more than 60 seconds from the hub's time; check the clock",
  },
  htm: { vi: 'htm không phải phương thức của thao tác', en: 'htm is not the method of the operation' },
  htu: { vi: 'htu không phải địa chỉ của trục này', en: 'htu is no address of this hub' },
  ath: { vi: 'ath không phải của mã này', en: 'ath is not of this token' },
  jkt: {
    vi: 'bằng chứng do khóa khác ký',
    en: 'the proof was made with another key than the token is bound to',
  },
  signature: { vi: 'chữ ký của bằng chứng không đúng', en: 'the signature of the proof is not good' },
  unbound: {
    vi: 'mã không gắn với khóa nên không dùng bằng chứng',
    en: 'the token is not bound to a key, so that no proof goes with it',
  },
};

/** The check of a proof in which `fault` does not fit. */
export function toFailedProof(fault: string): Check {
  const words = proofFaults[fault];
  if (!words) return toCheck('proof', false);
  return {
    check: 'proof',
    ok: false,
    vi: `Bằng chứng DPoP không phù hợp: ${words.vi}.`,
    en: `The DPoP proof does not fit: ${words.en}.`,
  };
}

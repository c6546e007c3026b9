// An explanation of an exchange, in lines for a person.
import type { Explanation } from '../services/evidence/explanation.ts';

const parties = {
  caller: 'hệ thống hoặc đơn vị gọi / the calling system or unit',
  hub: 'quản trị trục / the hub’s operators',
  network: 'đường truyền / the network',
  source: 'hệ thống quốc gia / the national system',
} as const satisfies Record<NonNullable<Explanation['responsible']>, string>;

const sent = {
  nothing: 'chưa gửi gì tới hệ thống quốc gia / nothing was sent to a national system',
  sent: 'đã gửi tới hệ thống quốc gia / it was sent to a national system',
  unknown: 'chưa rõ đã gửi hay chưa / it is not known whether anything was sent',
} as const satisfies Record<Explanation['sent'], string>;

const repeat = {
  notNeeded: 'không cần gọi lại / no need to call again',
  now: 'gọi lại được ngay / call again at once',
  later: 'gọi lại sau ít lâu / call again after a while',
  wait: 'chờ kết thúc đã / wait until it has ended',
  afterCorrection: 'gọi lại sau khi sửa / call again once it is corrected',
  sameKey: 'gửi lại với cùng Idempotency-Key / send again with the same Idempotency-Key',
} as const satisfies Record<Explanation['repeat'], string>;

/** Each line has a name of at most 17 characters and what it says. @param text JSON as the hub's contract says */
export function toExplanationLines(text: string): readonly string[] {
  const told: Explanation = JSON.parse(text);
  const ended = [told.endedAt, told.durationMs !== undefined && `${told.durationMs} ms`];
  const lines: readonly (readonly [string, string | undefined | false])[] = [
    ['exchange', [told.exchangeId, told.state, told.deliveryStep].filter(Boolean).join(', ')],
    ['operation', told.operation && `${told.service}/${told.operation}`],
    ['when', [told.startedAt, ...ended].filter(Boolean).join(' → ')],
    ['step', told.step],
    ['problem', told.problem && [told.status, told.problem].filter(Boolean).join(' ')],
    ['who', told.responsible && parties[told.responsible]],
    ['source', told.source],
    ['sent', sent[told.sent]],
    ['repeat', repeat[told.repeat]],
    ['vi', `${told.vi.title}. ${told.vi.action}`],
    ['en', `${told.en.title}. ${told.en.action}`],
    ...Object.entries(told.own ?? {}),
  ];
  return lines.flatMap(([name, words]) => (words ? [`${name.padEnd(18)}${words}`] : []));
}

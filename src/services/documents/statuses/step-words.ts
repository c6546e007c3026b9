// The steps of a delivery in words, for a time line.
import type { DeliveryStep } from '../../../delivery/types.ts';
import type { Words } from '../../../problem.ts';

const words: Readonly<Record<DeliveryStep, Words>> = {
  accepted: { vi: 'đã nhận để giao', en: 'accepted for delivery' },
  held: { vi: 'giữ lại chờ quét', en: 'held to be scanned' },
  released: { vi: 'cho đi tiếp', en: 'released' },
  delivered: { vi: 'đã vào hộp đến', en: 'delivered into the inbox' },
  taken: { vi: 'nơi nhận đang lấy về', en: 'being fetched by the receiver' },
  acknowledged: { vi: 'nơi nhận xác nhận đã lưu', en: 'acknowledged by the receiver' },
  refused: { vi: 'nơi nhận từ chối', en: 'refused by the receiver' },
  sending: { vi: 'đang gửi', en: 'being sent' },
  sent: { vi: 'bên kia đã nhận', en: 'taken by the other side' },
  failed: { vi: 'một lần gửi không thành', en: 'an attempt at sending failed' },
  interrupted: { vi: 'lần gửi bị ngắt, sẽ gửi lại', en: 'interrupted, to be tried again' },
  dead: { vi: 'không gửi được, chờ người xử lý', en: 'could not be sent, waits for a person' },
  replayed: { vi: 'được cho gửi lại', en: 'to be sent again by decision' },
  abandoned: { vi: 'bị hủy', en: 'abandoned' },
};

/** By the step's name; undefined for one that is not known. */
export const stepWords: Readonly<Record<string, Words | undefined>> = words;

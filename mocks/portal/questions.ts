// Questions and answers: a few invented ones of the portal, and what units sent. Source: public-service-portal.md §2, §3.
import type { Service } from './call.ts';
import { type Fields, readMember, readText } from './fields.ts';
import { done, refuse } from './outcome.ts';
import { takeRecords } from './records.ts';

/** A question as the portal shows it. */
export interface Question {
  readonly HOIDAPID: string;
  readonly NOIDUNG: string;
  readonly NOIDUNGTRALOI: string;
  readonly TRALOIID: string;
  readonly HOVATEN: string;
  readonly THUDIENTU: string;
  readonly MATTHCDP: string;
  /** 0 open, 1 answered [assumed]. */
  readonly TRANGTHAI: string;
}

/** All questions. */
export interface Questions {
  readonly find: (id: string) => Question | undefined;
  readonly list: (isFromPortal: boolean) => readonly Question[];
  /** Keeps a question that a unit sent, or one sent again; false when there are too many. */
  readonly put: (id: string, fields: Fields) => boolean;
  readonly answer: (id: string, fields: Fields) => void;
}

const asked = [
  'Thời hạn giải quyết thủ tục này là bao lâu?',
  'Tôi có thể nộp hồ sơ trực tuyến không?',
  'Lệ phí được nộp bằng hình thức nào?',
  'Hồ sơ của tôi cần bổ sung giấy tờ gì?',
];

function toSeeded(index: number): Question {
  return {
    HOIDAPID: `HD-999-${String(index + 1).padStart(4, '0')}`,
    NOIDUNG: asked[index % asked.length] ?? '',
    NOIDUNGTRALOI: '',
    TRALOIID: '',
    HOVATEN: `Người Hỏi Thử Nghiệm ${index + 1}`,
    THUDIENTU: `nguoi.hoi.${index + 1}@portal.mock.invalid`,
    MATTHCDP: '',
    TRANGTHAI: '0',
  };
}

function toSent(id: string, fields: Fields): Question {
  const read = (name: string): string => readText(fields, name) ?? '';
  const answer = read('NOIDUNGTRALOI');
  return {
    HOIDAPID: id,
    ...{ NOIDUNG: read('NOIDUNG'), NOIDUNGTRALOI: answer, TRALOIID: read('TRALOIID') },
    ...{ HOVATEN: read('HOVATEN'), THUDIENTU: read('THUDIENTU'), MATTHCDP: read('MATTHCDP') },
    TRANGTHAI: answer === '' ? '0' : '1',
  };
}

const sentMost = 10_000;

/** The seeded questions of citizens, eight of them. */
export function createQuestions(): Questions {
  const fromPortal = new Map(
    Array.from({ length: 8 }, (_, index) => toSeeded(index)).map((one) => [one.HOIDAPID, one]),
  );
  const sent = new Map<string, Question>();
  return {
    find: (id) => fromPortal.get(id) ?? sent.get(id),
    list: (isFromPortal) => [...(isFromPortal ? fromPortal : sent).values()],
    put: (id, fields) => {
      const isKept = sent.size < sentMost || sent.has(id);
      if (isKept) sent.set(id, toSent(id, fields));
      return isKept;
    },
    answer: (id, fields) => {
      const question = fromPortal.get(id);
      const words = { NOIDUNGTRALOI: readText(fields, 'NOIDUNGTRALOI') ?? '', TRANGTHAI: '1' };
      const TRALOIID = readText(fields, 'TRALOIID') ?? `TL-${id}`;
      if (question) fromPortal.set(id, { ...question, ...words, TRALOIID });
    },
  };
}

const toId = (fields: Fields): string => readText(fields, 'HOIDAPID') ?? '';
const lacks = (name: string) => ({ kind: 'fields', reason: `thiếu trường ${name}` }) as const;

/** The services of questions and answers, by name. */
export const questionServices: Readonly<Record<string, Service>> = {
  LayDanhSachHoiDapGuiTuDVCQG: (_call, { questions }) => ({ outcome: done(questions.list(true)) }),
  LayDanhSachHoiDapBoCoQuan: (_call, { questions }) => ({ outcome: done(questions.list(false)) }),
  LayNoiDungTraLoiTheoCauHoi: ({ input }, { questions, settings }) => {
    const question = questions.find(readText(input, 'cauhoiid') ?? '');
    return {
      outcome: question ? done({ ...question }) : refuse(settings, 'unknown', 'câu hỏi không tồn tại'),
    };
  },
  DongBoHoiDap: ({ input }, { questions, settings }) =>
    takeRecords(
      readMember(input, 'data'),
      {
        ...{ kind: 'question', key: 'HOIDAPID', most: settings.batchMost, toCode: toId },
        thanks: 'Đồng bộ hỏi đáp thành công',
        take: (fields, id) => {
          if (id === '') return lacks('HOIDAPID');
          if (readText(fields, 'NOIDUNG') === undefined) return lacks('NOIDUNG');
          return questions.put(id, fields) ? undefined : { kind: 'general', reason: 'quá nhiều câu hỏi' };
        },
      },
      settings,
    ),
  DongBoKetQuaHoiDapGuiTuDVCQG: ({ input }, { questions, settings }) =>
    takeRecords(
      readMember(input, 'data'),
      {
        ...{ kind: 'answer', key: 'HOIDAPID', most: settings.batchMost, toCode: toId },
        thanks: 'Đồng bộ kết quả trả lời thành công',
        take: (fields, id) => {
          if (!questions.list(true).some(({ HOIDAPID }) => HOIDAPID === id))
            return { kind: 'unknown', reason: 'câu hỏi không tồn tại' };
          if (readText(fields, 'NOIDUNGTRALOI') === undefined) return lacks('NOIDUNGTRALOI');
          questions.answer(id, fields);
          return undefined;
        },
      },
      settings,
    ),
};

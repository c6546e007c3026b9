-- How long sealed parts are kept, what an inquiry keeps longer, and what was purged.

-- What is kept how long. An entry belongs to the first class, by rank, that covers its kind or its operation.
CREATE TABLE retention_class (
  id text PRIMARY KEY CHECK (id ~ '^[a-z][a-z0-9-]{1,62}$'),
  rank smallint NOT NULL UNIQUE,
  vi text NOT NULL,
  en text NOT NULL,
  kinds text[] NOT NULL DEFAULT '{}',
  -- `<service>/<operationId>`, `<service>/*` or `*`.
  operations text[] NOT NULL DEFAULT '{}',
  -- Whole months after the month of the exchange, in UTC.
  months smallint NOT NULL CHECK (months <= 1200),
  -- What a rule asks for: nobody sets less.
  least_months smallint NOT NULL CHECK (least_months >= 3),
  -- A shorter time counts from here on; until then the longer one.
  earlier_months smallint,
  shorter_from timestamptz,
  legal_basis text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  changed_by_system text,
  changed_by_officer text,
  revision integer NOT NULL DEFAULT 1,
  CHECK (months >= least_months),
  CHECK ((earlier_months IS NULL) = (shorter_from IS NULL))
);
GRANT SELECT ON retention_class TO :"hub_role";

INSERT INTO retention_class (id, rank, vi, en, kinds, operations, months, least_months, legal_basis) VALUES
  ('inspection', 1, 'Thanh tra, kiểm toán, vi phạm, sự cố', 'Inspection, audit, violations, incidents',
   '{notice}', '{evidence.v1/*}', 60, 60, 'Nghị định 356/2025/NĐ-CP: hồ sơ vi phạm lưu ít nhất 5 năm'),
  ('technical', 2, 'Lần bị từ chối và nhật ký kỹ thuật', 'Refusals and technical logs',
   '{refused,refusals}', '{diagnosis.v1/*,operation.v1/*}', 12, 3,
   'Nghị định 85/2016/NĐ-CP, Thông tư 12/2022/TT-BTTTT: cấp độ 3 lưu nhật ký ít nhất 3 tháng'),
  ('personal-data', 3, 'Tra cứu dữ liệu dân cư', 'Look-ups of personal data',
   '{}', '{population.v1/*}', 24, 12,
   'Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15; thời hạn theo thỏa thuận với chủ quản dữ liệu (giả định)'),
  ('payments', 4, 'Thanh toán', 'Payments', '{}', '{payment.v1/*}', 120, 60,
   'Luật Kế toán 88/2015/QH13 Điều 41 (giả định 10 năm)'),
  ('dossiers', 5, 'Hồ sơ thủ tục hành chính', 'Dossiers', '{}', '{portal.v1/*}', 24, 12,
   'Nghị định 118/2025/NĐ-CP (thời hạn giả định)'),
  ('documents', 6, 'Văn bản và chuyển giao', 'Documents and deliveries', '{}', '{documents.v1/*,delivery.v1/*}', 24, 12,
   'Quyết định 28/2018/QĐ-TTg (thời hạn giả định); nội dung văn bản có thời hạn riêng, xem document_retention'),
  ('administration', 7, 'Quản trị danh bạ và quyền khai thác', 'Administration', '{}', '{admin.v1/*}', 60, 12,
   'Nghị định 278/2025/NĐ-CP Điều 13: giám sát, truy vết được'),
  ('other', 8, 'Những giao dịch khác', 'Everything else', '{}', '{*}', 12, 3,
   'Nghị định 85/2016/NĐ-CP, Thông tư 12/2022/TT-BTTTT: cấp độ 3 lưu nhật ký ít nhất 3 tháng');

CREATE TABLE retention_change (
  -- The exchange that changed it.
  exchange_id uuid PRIMARY KEY,
  class_id text NOT NULL REFERENCES retention_class,
  months smallint NOT NULL,
  -- The answer that was given.
  answer jsonb NOT NULL
);

-- What an inquiry keeps, by decision: no purge touches it until its time is over or someone ends it. Filters that are
-- null take everything; one entry of an exchange that meets all of them keeps the whole exchange.
CREATE TABLE entry_hold (
  -- The exchange that placed it.
  id uuid PRIMARY KEY,
  decision text NOT NULL,
  reason text NOT NULL,
  system_id text,
  -- Acting or receiving.
  unit_id text,
  officer_id text,
  case_code text,
  service text,
  from_at timestamptz,
  to_at timestamptz,
  exchange_ids uuid[] CHECK (cardinality(exchange_ids) BETWEEN 1 AND 1000),
  until timestamptz NOT NULL,
  placed_at timestamptz NOT NULL,
  placed_by_system text NOT NULL,
  placed_by_officer text NOT NULL,
  ended_at timestamptz,
  ended_by_system text,
  ended_by_officer text,
  end_reason text,
  end_exchange uuid,
  CHECK (num_nonnulls(system_id, unit_id, officer_id, case_code, service, from_at, to_at, exchange_ids) > 0),
  CHECK (num_nonnulls(ended_at, ended_by_system, ended_by_officer, end_reason, end_exchange) IN (0, 5))
);
CREATE INDEX entry_hold_in_force ON entry_hold (until) WHERE ended_at IS NULL;
GRANT SELECT ON entry_hold TO :"hub_role";

-- Whether an exchange is kept by a hold that is in force at an instant.
CREATE FUNCTION is_held(exchange uuid, at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM entry_hold h
    CROSS JOIN LATERAL (
      SELECT e.system_id, e.acting_unit, e.service, (e.text::json ->> 'at')::timestamptz AS at, p.text::json AS sealed,
        d.receiver_unit
      FROM entry e LEFT JOIN entry_private p ON p.exchange_id = e.exchange_id AND p.entry_id = e.id
        LEFT JOIN delivery d ON d.id = e.exchange_id
      WHERE e.exchange_id = $1) e
    WHERE h.ended_at IS NULL AND h.until > $2
      AND (h.exchange_ids IS NULL OR $1 = ANY (h.exchange_ids))
      AND (h.system_id IS NULL OR h.system_id = e.system_id)
      AND (h.unit_id IS NULL OR h.unit_id IN (e.acting_unit, e.receiver_unit))
      AND (h.service IS NULL OR h.service = e.service)
      AND (h.officer_id IS NULL OR h.officer_id = e.sealed ->> 'officer')
      AND (h.case_code IS NULL OR h.case_code = e.sealed ->> 'case')
      AND (h.from_at IS NULL OR e.at >= h.from_at)
      AND (h.to_at IS NULL OR e.at < h.to_at))
$$;

-- One row a batch that was purged, written with the notice that tells of it.
CREATE TABLE purge_batch (
  -- The exchange of the notice `purged`.
  notice_id uuid PRIMARY KEY,
  class_id text NOT NULL,
  -- yyyy-MM, UTC.
  month text NOT NULL,
  leaves int8multirange NOT NULL
);
CREATE INDEX purge_batch_leaves ON purge_batch USING gist (leaves);
GRANT SELECT ON purge_batch TO :"hub_role";

-- Months of which nothing of a class was left, so that not every run looks at them.
CREATE TABLE purged_month (
  class_id text NOT NULL,
  month text NOT NULL,
  looked_at timestamptz NOT NULL,
  PRIMARY KEY (class_id, month)
);

-- Months whose key is destroyed, in every process and for ever.
CREATE TABLE destroyed_month_key (
  month text PRIMARY KEY,
  notice_id uuid NOT NULL,
  destroyed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT ON destroyed_month_key TO :"hub_role";

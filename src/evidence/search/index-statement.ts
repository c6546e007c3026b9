// The statement that turns a run of numbered leaves into rows to search by. However the leaves are cut into runs, the rows
// come out the same.

/** What is sealed in some steps of a delivery is not its sender's: others made them, by exchanges of their own. */
const ofOwn = (column: string): string => `CASE WHEN coalesce(p ->> 'step', '')
    NOT IN ('taken', 'acknowledged', 'refused', 'released', 'replayed', 'abandoned') THEN ${column} END`;

/** NUL and halves of surrogate pairs stand in JSON as escapes, and jsonb takes neither. */
const toJson = (text: string): string => `(CASE WHEN strpos(${text}, '\\u') > 0
    THEN regexp_replace(${text}, '\\\\u(0000|d[89a-f][0-9a-f]{2})', '\\ufffd', 'g') ELSE ${text} END)::jsonb`;

/** The first that is there, in the order of leaves. */
const first = (column: string): string =>
  `(array_agg(${column} ORDER BY leaf) FILTER (WHERE ${column} IS NOT NULL))[1]`;

/** What the one array has, then what only the other has. */
const join = (one: string, other: string): string => `CASE WHEN ${one} IS NULL THEN ${other}
    WHEN ${other} IS NULL THEN ${one}
    ELSE ${one} || ARRAY(SELECT t FROM unnest(${other}) WITH ORDINALITY AS u (t, n) WHERE t <> ALL (${one}) ORDER BY n) END`;

const figureKey = 'day, acting_unit, service, operation, system_id, source, outcome, problem';

/** Where an exchange is counted. */
const toFigure = (sign: '' | '-', table: string): string => `SELECT
    (at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day, coalesce(acting_unit, '') AS acting_unit,
    coalesce(service, '') AS service, coalesce(operation, '') AS operation, coalesce(system_id, '') AS system_id,
    coalesce(sources[1], '') AS source, standing AS outcome, coalesce(problem, '') AS problem, ${sign}count AS n
  FROM ${table}`;

/**
 * Takes the leaves from `$1` on and before `$2`. Every part sees the tables as they were when it began.
 * Sealed facts keep what was said first, and the result what was said last.
 */
export const indexStatement = `
WITH given AS MATERIALIZED (
  SELECT l.leaf_index AS leaf, e.exchange_id, p ->> 'kind' AS kind, (p ->> 'at')::timestamptz AS at, p ->> 'step' AS step,
    p ->> 'notice' AS notice, p ->> 'outcome' AS outcome, (p ->> 'status')::integer AS status, p ->> 'problem' AS problem,
    (p ->> 'count')::bigint AS count, p ->> 'system' AS system, p ->> 'owningUnit' AS owning_unit,
    p ->> 'actingUnit' AS acting_unit, p ->> 'service' AS service, p ->> 'operation' AS operation, p ->> 'grant' AS "grant",
    ${ofOwn("(s ->> 'acceptedBy')::uuid")} AS accepted_by, ${ofOwn("s ->> 'officer'")} AS officer,
    ${ofOwn("s ->> 'purpose'")} AS purpose, ${ofOwn("s ->> 'case'")} AS case_code, ${ofOwn("s ->> 'result'")} AS result,
    ${ofOwn("s ->> 'fileNumber'")} AS file_number, s ->> 'from' AS from_code, s ->> 'to' AS to_code,
    s -> 'unitCode' ->> 'used' AS used_code, s -> 'sources' AS sources, s -> 'subjects' AS subjects
  FROM leaf l
  JOIN entry e ON e.id = l.entry_id
  LEFT JOIN entry_private h ON h.entry_id = e.id
  CROSS JOIN LATERAL (SELECT ${toJson('e.text')} AS p, ${toJson('h.text')} AS s OFFSET 0) j
  WHERE l.leaf_index >= $1 AND l.leaf_index < $2
), newest AS (
  SELECT DISTINCT ON (exchange_id) * FROM given ORDER BY exchange_id, leaf DESC
), gathered AS (
  SELECT exchange_id, min(leaf) AS first_leaf, (array_agg(at ORDER BY leaf))[1] AS first_at,
    ${first('accepted_by')} AS accepted_by, ${first('officer')} AS officer_id, ${first('purpose')} AS purpose,
    ${first('case_code')} AS case_code, ${first('file_number')} AS file_number,
    (array_agg(result ORDER BY leaf DESC) FILTER (WHERE result IS NOT NULL))[1] AS result
  FROM given GROUP BY exchange_id
), source AS (
  SELECT exchange_id, array_agg(source ORDER BY place) AS sources FROM (
    SELECT exchange_id, t.trace ->> 'source' AS source, min(leaf * 4096 + least(t.n, 4095)) AS place
    FROM given CROSS JOIN LATERAL jsonb_array_elements(sources) WITH ORDINALITY AS t (trace, n)
    GROUP BY 1, 2) s
  GROUP BY exchange_id
), code AS MATERIALIZED (
  SELECT exchange_id, c.code, min(leaf * 4 + c.n) AS place
  FROM given CROSS JOIN LATERAL (VALUES (1, from_code), (2, to_code), (3, used_code)) AS c (n, code)
  WHERE c.code IS NOT NULL GROUP BY 1, 2
), codes AS (
  SELECT exchange_id, array_agg(code ORDER BY place) AS unit_codes FROM code GROUP BY exchange_id
), was AS MATERIALIZED (
  SELECT x.* FROM newest w JOIN exchange x ON x.exchange_id = w.exchange_id
), merged AS (
  INSERT INTO exchange AS x (
    exchange_id, first_leaf, last_leaf, at, newest_at, kind, step, outcome, status, problem, standing, system_id,
    owning_unit, acting_unit, receiver_unit, accepted_by, service, operation, grant_id, count, officer_id, purpose,
    case_code, result, sources, unit_codes, file_number)
  SELECT exchange_id, g.first_leaf, w.leaf, g.first_at, w.at, w.kind, w.step, w.outcome, w.status, w.problem,
    coalesce(w.outcome, w.step, w.notice, w.kind), w.system, w.owning_unit, w.acting_unit, d.receiver_unit,
    g.accepted_by, w.service, w.operation, w."grant", coalesce(w.count, 1), g.officer_id, g.purpose, g.case_code, g.result,
    s.sources, c.unit_codes, g.file_number
  FROM newest w JOIN gathered g USING (exchange_id) LEFT JOIN source s USING (exchange_id)
  LEFT JOIN codes c USING (exchange_id) LEFT JOIN delivery d ON w.kind = 'step' AND d.id = exchange_id
  ORDER BY exchange_id
  ON CONFLICT (exchange_id) DO UPDATE SET
    last_leaf = excluded.last_leaf, newest_at = excluded.newest_at, kind = excluded.kind, step = excluded.step,
    outcome = excluded.outcome, status = excluded.status, problem = excluded.problem, standing = excluded.standing,
    count = excluded.count, accepted_by = coalesce(x.accepted_by, excluded.accepted_by),
    officer_id = coalesce(x.officer_id, excluded.officer_id), purpose = coalesce(x.purpose, excluded.purpose),
    case_code = coalesce(x.case_code, excluded.case_code), result = coalesce(excluded.result, x.result),
    file_number = coalesce(x.file_number, excluded.file_number),
    sources = ${join('x.sources', 'excluded.sources')},
    unit_codes = ${join('x.unit_codes', 'excluded.unit_codes')}
  RETURNING *
), with_code AS (
  INSERT INTO exchange_code (code, exchange_id) SELECT code, exchange_id FROM code ON CONFLICT DO NOTHING
), with_subject AS (
  INSERT INTO exchange_subject (exchange_id, hash, role, kind)
  SELECT exchange_id, t.hash, t.role, t.kind
  FROM given CROSS JOIN LATERAL jsonb_to_recordset(subjects) AS t (hash text, role text, kind text)
  ON CONFLICT DO NOTHING
), with_figure AS (
  INSERT INTO exchange_figure AS f (${figureKey}, exchanges)
  SELECT ${figureKey}, sum(n) FROM (${toFigure('', 'merged')} UNION ALL ${toFigure('-', 'was')}) m
  GROUP BY ${figureKey} HAVING sum(n) <> 0
  ON CONFLICT (${figureKey}) DO UPDATE SET exchanges = f.exchanges + excluded.exchanges
)
UPDATE search_head SET size = $2 WHERE size = $1`;

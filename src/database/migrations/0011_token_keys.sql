-- Which key signs access tokens, and when: the same for all processes, so that every process publishes a key before any
-- signs with it, and goes on publishing the one before until its last token has expired. The keys themselves lie in
-- KEY_DIR. Times are the database's.
CREATE TABLE token_key (
  -- RFC 7638 thumbprint.
  kid text PRIMARY KEY CHECK (kid ~ '^[A-Za-z0-9_-]{43}$'),
  published_from instant NOT NULL,
  signs_from instant NOT NULL CHECK (signs_from >= published_from),
  -- From then on its tokens are refused; none: until further notice.
  retired_at instant CHECK (retired_at >= published_from)
);
GRANT SELECT ON token_key TO :"hub_role";

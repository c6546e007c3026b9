-- How often an auditor has asked about a person on a day (Asia/Ho_Chi_Minh). Whom, it does not say.
CREATE TABLE person_search_use (
  day date NOT NULL,
  officer_id text NOT NULL,
  searches integer NOT NULL,
  PRIMARY KEY (day, officer_id)
);
GRANT SELECT, INSERT, UPDATE ON person_search_use TO :"hub_role";

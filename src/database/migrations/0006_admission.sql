-- What was used of a grant's daily quota, per acting unit. Hub processes count in memory and add up here.
create table quota_use (
  grant_id text not null,
  unit_id text not null,
  day date not null,
  used bigint not null check (used >= 0),
  primary key (grant_id, unit_id, day)
);
create index quota_use_day on quota_use (day);
grant select, insert, update on quota_use to :"hub_role";

-- The record of what was applied: the first thing a database gets.

create schema if not exists ops;
create table if not exists ops.migration (
  name text        not null primary key,
  sha  text        not null,
  at   timestamptz not null default now()
);

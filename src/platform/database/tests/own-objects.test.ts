import { expect, test } from 'vitest';
import { ownObjects } from '../own-objects.js';

const of = (...steps: string[]) =>
  ownObjects(steps.map((up, index) => ({ id: `000${index}-step`, up }))).map(
    ({ kind, name }) => `${kind} ${name}`,
  );

test('everything that the steps make is found, views first and types last', () => {
  expect(
    of(
      'create type mood as enum (1); CREATE TABLE IF NOT EXISTS public.Users (id int);',
      'create unlogged table cache (id int); create table "Odd ""name""" (id int)',
      'create or replace function f() returns trigger as $$ begin end $$; create sequence s; create domain d as int',
      'create view v as select 1; create table parts partition of users for values in (1)',
    ),
  ).toEqual([
    'view v',
    'table users',
    'table cache',
    'table Odd "name"',
    'table parts',
    'sequence s',
    'function f',
    'type mood',
    'domain d',
  ]);
});

test('a table is known by each name that it had', () => {
  expect(of('create table members (id int)', 'alter table members rename to people')).toEqual([
    'table members',
    'table people',
  ]);
});

test('words in comments, other statements and columns make nothing', () => {
  expect(
    of('-- create table never\ncreate index i on t (a); alter table t add column created table_name'),
  ).toEqual([]);
});

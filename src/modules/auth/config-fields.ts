import Type from 'typebox';

export const daySeconds = 86_400;

interface Bounds {
  readonly unit: string;
  readonly minimum: number;
  readonly maximum: number;
}

/** An integer of the configuration, with its default and bounds. */
export const integer = (value: number, description: string, bounds: Bounds) =>
  Type.Integer({ default: value, description, ...bounds });

export const seconds = (value: number, description: string, minimum: number, maximum: number) =>
  integer(value, description, { unit: 's', minimum, maximum });

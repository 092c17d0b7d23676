// Canonical JSON, and the forms of messages after schemas.json.
import { readFileSync } from 'node:fs';

const DEEPEST = 12;
const LONGEST = 64 * 1024 * 1024;
const KEY = /^[a-z0-9_]+$/;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const isWhole = (text) => !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);

function allowed(value, depth) {
  if (typeof value === 'string') return isWhole(value) && value === value.normalize('NFC');
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0;
  if (typeof value === 'boolean') return true;
  if (value === null || depth > DEEPEST) return false;
  if (!Array.isArray(value) && !Object.keys(value).every((key) => KEY.test(key))) return false;
  return Object.values(value).every((inner) => allowed(inner, depth + 1));
}

export function write(value) {
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  const pairs = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${write(value[key])}`);
  return `{${pairs.join(',')}}`;
}

// Returns the object of a line, or undefined where the line is not the canonical text of one.
// A key that stands twice, a fraction or a space makes another text.
export function parse(bytes) {
  if (bytes.length > LONGEST) return undefined;
  try {
    const text = decoder.decode(bytes);
    const value = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject && allowed(value, 1) && write(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}

const { $defs } = JSON.parse(readFileSync(new URL('../schemas.json', import.meta.url), 'utf8'));

const isType = {
  object: (value) => typeof value === 'object' && !Array.isArray(value),
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  integer: Number.isSafeInteger,
  boolean: (value) => typeof value === 'boolean',
};

const within = (size, least = 0, most = Infinity) => least <= size && size <= most;

// A roll is one line again and again. The engine keeps a place for each turn of a group and has none
// left for those of a city, so each line is looked at by itself.
const AGAIN = /^\^\((.+)\\n\)\+\$$/;

function matches(pattern, text) {
  const line = AGAIN.exec(pattern)?.[1];
  if (line === undefined) return new RegExp(pattern, 'u').test(text);
  const one = new RegExp(`^(?:${line})$`, 'u');
  return text.endsWith('\n') && text.slice(0, -1).split('\n').every((each) => one.test(each));
}

function fitsObject(schema, value) {
  return (
    schema.required.every((name) => Object.hasOwn(value, name)) &&
    Object.entries(value).every(
      ([name, inner]) => Object.hasOwn(schema.properties, name) && fitsSchema(schema.properties[name], inner),
    )
  );
}

function fitsSchema(schema, value) {
  if (schema.$ref) return fits(schema.$ref.split('/').pop(), value);
  if (schema.oneOf) return schema.oneOf.filter((choice) => fitsSchema(choice, value)).length === 1;
  if ('const' in schema) return value === schema.const;
  if (schema.enum) return schema.enum.includes(value);
  if (!isType[schema.type](value)) return false;
  if (schema.type === 'string') {
    return (
      within([...value].length, schema.minLength, schema.maxLength) &&
      (schema.pattern === undefined || matches(schema.pattern, value))
    );
  }
  if (schema.type === 'integer') return within(value, schema.minimum, schema.maximum);
  if (schema.type === 'array') {
    return within(value.length, schema.minItems, schema.maxItems) && value.every((one) => fitsSchema(schema.items, one));
  }
  return schema.type !== 'object' || !schema.properties || fitsObject(schema, value);
}

export const fits = (kind, message) => fitsSchema($defs[kind], message);

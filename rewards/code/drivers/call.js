// Calls a function of main.js with the arguments of arguments.json and writes what it returned to the file result.
// Nothing here knows what is expected: a program that writes that file itself can only be right or wrong.
'use strict';
const fs = require('fs');
const vm = require('vm');

function encode(value, out, depth) {
  if (value === null || value === undefined) {
    out.push('N');
  } else if (typeof value === 'boolean') {
    out.push(value ? 'T' : 'F');
  } else if (typeof value === 'bigint') {
    out.push('i', String(value), ';');
  } else if (typeof value === 'number') {
    out.push(Number.isSafeInteger(value) && !Object.is(value, -0) ? 'i' : 'f', String(value), ';');
  } else if (typeof value === 'string') {
    const text = value.toWellFormed ? value.toWellFormed() : Buffer.from(value).toString();
    out.push('s', String(Buffer.byteLength(text)), ':', text);
  } else if (depth < 64 && (Array.isArray(value) || ArrayBuffer.isView(value))) {
    out.push('l', String(value.length), ':');
    for (let i = 0; i < value.length; ++i) encode(value[i], out, depth + 1);
  } else if (depth < 64 && (value instanceof Map || isPlain(value))) {
    const fields = value instanceof Map ? [...value] : Object.entries(value);
    out.push('d', String(fields.length), ':');
    for (const [key, item] of fields) {
      encode(key, out, depth + 1);
      encode(item, out, depth + 1);
    }
  } else {
    const name = String((value.constructor && value.constructor.name) || typeof value).replace(/[^ -~]/g, '?');
    out.push('x', String(Math.min(name.length, 64)), ':', name.slice(0, 64));
  }
}

function isPlain(value) {
  const prototype = typeof value === 'object' ? Object.getPrototypeOf(value) : undefined;
  return prototype === null || prototype === Object.prototype;
}

// A function of the program, a method of its class Solution, or what it exports.
function find(name) {
  const at = (text) => vm.runInThisContext(`typeof ${text} === 'undefined' ? undefined : ${text}`);
  const own = at(name);
  if (own !== undefined) return own;
  const Solution = at('Solution');
  if (Solution !== undefined) {
    const solution = new Solution();
    if (typeof solution[name] === 'function') return solution[name].bind(solution);
  }
  if (typeof module.exports[name] === 'function') return module.exports[name];
  throw new ReferenceError(`there is no function ${name}`);
}

async function main() {
  const args = JSON.parse(fs.readFileSync('arguments.json', 'utf8'));
  Object.assign(globalThis, {require, module, exports: module.exports});
  vm.runInThisContext(fs.readFileSync('main.js', 'utf8'), {filename: 'main.js'});
  const out = [];
  encode(await find(process.argv[2])(...args), out, 0);
  fs.writeFileSync('result', out.join(''));
  process.exit(0);
}

main().catch((error) => {
  console.error(error && error.stack ? error.stack : error);
  process.exit(1);
});

// What the scripts share: where the database is, the transcript, workers that run at once.
'use strict';

const env = (name) => process.env[`ORM_${name}`];
exports.WORKERS = Number(env('WORKERS'));
exports.ZONES = ['UTC', 'Asia/Tokyo', 'Europe/Paris', 'America/New_York', 'Australia/Sydney'];
exports.server = {
  host: env('HOST'), port: Number(env('PORT')), user: env('USER'), password: env('PASSWORD'), database: env('DATABASE'),
};
exports.url = `postgres://${env('USER')}:${env('PASSWORD')}@${env('HOST')}:${env('PORT')}/${env('DATABASE')}`;

const say = (...values) =>
  process.stdout.write(values.map((v) => (typeof v === 'string' ? v : JSON.stringify(v))).join(' | ') + '\n');
exports.say = say;

// Runs work(number), which resolves to lines, for every worker at once; says them worker by worker.
exports.together = async (work) => {
  const all = await Promise.all(Array.from({ length: exports.WORKERS }, (_, number) => work(number)));
  all.forEach((lines, number) => lines.forEach((line) => say(`worker ${number}`, ...line)));
};

// The SQLSTATE that a promise fails with.
exports.failure = async (promise) => {
  try {
    await promise;
    return 'no error';
  } catch (error) {
    const cause = error.original || error.driverError || error.cause || error;
    return cause.code || String(error);
  }
};

// Ends the process with an error's text.
exports.run = (main) => main().then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});

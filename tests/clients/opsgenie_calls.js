// Calls of the package opsgenie-sdk from npm. Arguments: where it is installed, the URL, the key.
// It prints what each call led to, as JSON.
const [home, host, api_key] = process.argv.slice(2);
const opsgenie = require(`${home}/node_modules/opsgenie-sdk`);

opsgenie.configure({ host, api_key });

const alias = { identifier: "checkout-api/latency", identifierType: "alias" };
const call = (name, ...args) =>
  new Promise((resolve, reject) =>
    opsgenie.alertV2[name](...args, {}, (error, answer) =>
      error ? reject(error) : resolve(answer)));
const status = async (answer) =>
  (await call("getRequestStatus", answer.requestId)).data.status;

(async () => {
  const told = {};
  told.created = await status(await call("create",
    { message: "p99 latency above 3 s", alias: alias.identifier, entity: "checkout-api" }));
  told.acknowledged = await status(await call("acknowledge", alias, { user: "ada" }));
  told.noted = await status(await call("addNote", alias, { note: "looking" }));
  told.open = (await call("get", alias)).data.status;
  told.listed = (await call("list", { query: "status: open" })).data.map((each) => each.alias);
  const endTime = new Date(Date.now() + 3600e3).toISOString();
  told.snoozed = await status(await call("snooze", alias, { endTime }));
  told.closed = await status(await call("close", alias, { user: "ada" }));
  told["at the end"] = (await call("get", alias)).data.status;
  try {
    await call("get", { identifier: "unknown", identifierType: "alias" });
  } catch (error) {
    told.error = error.httpStatusCode;
  }
  console.log(JSON.stringify(told));
})();

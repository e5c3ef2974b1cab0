// Makes a container in the emulator of Azure Blob Storage: container.mjs PORT NAME KEY
import crypto from "crypto";
import http from "http";

const [port, name, key] = process.argv.slice(2);
const account = "devstoreaccount1";
const date = new Date().toUTCString();
const version = "2021-08-06";
const signed =
  `PUT${"\n".repeat(12)}x-ms-date:${date}\nx-ms-version:${version}\n` +
  `/${account}/${account}/${name}\nrestype:container`;
const signature = crypto
  .createHmac("sha256", Buffer.from(key, "base64"))
  .update(signed, "utf8")
  .digest("base64");
const request = http.request(
  {
    host: "127.0.0.1",
    port,
    method: "PUT",
    path: `/${account}/${name}?restype=container`,
    headers: {
      "x-ms-date": date,
      "x-ms-version": version,
      Authorization: `SharedKey ${account}:${signature}`,
      "Content-Length": 0,
    },
  },
  (answer) => process.exit(answer.statusCode === 201 ? 0 : 1),
);
request.end();

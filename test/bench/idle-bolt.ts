import { App, HTTPReceiver } from '@slack/bolt';

/** A Bolt app that does nothing but acknowledge: what the acknowledgement is measured against. Run as a process. */
const receiver = new HTTPReceiver({ signingSecret: 's', endpoints: '/slack/events' });
const app = new App({ receiver, authorize: async () => ({ botToken: 'xoxb-bench' }) });
app.command(/.*/, async ({ ack }) => ack());
const server = await receiver.start({ port: 0, host: '127.0.0.1' });
const address = server.address();
console.log(`listening on ${typeof address === 'object' && address ? address.port : 0}`);
process.on('SIGTERM', () => process.exit(0));

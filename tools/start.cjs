// What `npm start` runs. Plain old JavaScript with no dependency, so that any Node can say what is missing.
'use strict';

const wanted = [20, 19];
const found = process.versions.node.split('.').map(Number);

if (found[0] < wanted[0] || (found[0] === wanted[0] && found[1] < wanted[1])) {
  console.error(
    `Qingyu needs Node ${wanted.join('.')} or newer, this is ${process.versions.node}. Install one from https://nodejs.org and try again.`,
  );
  process.exit(1);
}

require('./launcher/launch.cjs').launch();

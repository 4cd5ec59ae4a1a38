// The stand by hand: everything served until Ctrl-C, with links that sign in.
'use strict';
const { start, token } = require('./services');
start({ speed: Number(process.argv[2] || 1) }).then(({ url, mock }) => {
  for (const [role, sub, tenant] of [['strike_operator', 'kim.larsen', 'noc-east'], ['strike_operator', 'w.ito', 'noc-west'], ['strike_contractor', 'a.ortiz', 'osp-fibre']]) {
    console.log(`${tenant}  ${url}/#token=${token(role, sub, tenant)}`);
  }
  console.log(`mock  ${mock.url}/dashboard`);
});

ip46tables -A INPUT -p tcp --dprt 22 -j DROP
ip46tables -X nothing
----
rules:1:28: error: no option --dprt here; did you mean --dport? [unknown-option]
  ip46tables -A INPUT -p tcp --dprt 22 -j DROP
                             ^~~~~~
rules:2:15: error: table filter has no chain 'nothing' [unknown-chain]
  ip46tables -X nothing
                ^~~~~~~

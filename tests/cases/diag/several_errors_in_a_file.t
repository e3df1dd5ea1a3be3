*filter
-A INPUT -p tcp --dport 99999 -j DROP
-A INPUT -j ACCEPT
-A INPUT -s 1.2.3.4/40 -j DORP
-A INPTU -j DROP
COMMIT
----
rules:2:25: error: port 99999 is out of range 0-65535 [port]
  -A INPUT -p tcp --dport 99999 -j DROP
                          ^~~~~
rules:4:21: error: '40' is neither a prefix length of 0-32 nor a mask [mask]
  -A INPUT -s 1.2.3.4/40 -j DORP
                      ^~
rules:5:4: error: table filter has no chain 'INPTU'; did you mean 'INPUT'? [unknown-chain]
  -A INPTU -j DROP
     ^~~~~

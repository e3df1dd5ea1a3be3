*filter
accept everything
-A INPUT -j ACCEPT
COMMIT
----
rules:2:1: error: a line begins with '*table', ':CHAIN', '-A CHAIN', 'COMMIT' or '#', or it is an iptables command [syntax]
  accept everything
  ^~~~~~

*filter
:LOG - [0:0]
-A INPUT -j LOG
COMMIT
----
rules:2:2: warning: the chain hides iptables' target LOG: -j LOG jumps to the chain [hidden-target]
  :LOG - [0:0]
   ^~~

*filter
-A INPUT -j DROP
*nat
COMMIT
----
rules:1:2: error: table filter has no COMMIT: iptables-restore would not load it [missing-commit]
  *filter
   ^~~~~~

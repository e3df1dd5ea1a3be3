==== a.rules
*filter
:INPUT DROP [0:0]
COMMIT
==== b.rules
*filter
-A INPUT -j DROP
COMMIT
----
b.rules:1:2: error: another file has the IPv4 table filter already [duplicate-table]
  *filter
   ^~~~~~
a.rules:2:2: note: here
  :INPUT DROP [0:0]
   ^~~~~

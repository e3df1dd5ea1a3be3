*filter
-A INPUT ! -s 1.2.3.4,1.2.3.5 -j DROP
COMMIT
----
rules:2:15: error: '!' takes one address, not a list; write a rule for each [negation]
  -A INPUT ! -s 1.2.3.4,1.2.3.5 -j DROP
                ^~~~~~~~~~~~~~~

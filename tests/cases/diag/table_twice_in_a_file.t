*filter
-A INPUT -j DROP
COMMIT
*filter
-A INPUT -j ACCEPT
COMMIT
----
rules:4:2: warning: this table filter replaces the earlier one as a whole [replaced-table]
  *filter
   ^~~~~~
rules:1:2: note: here is the earlier one
  *filter
   ^~~~~~

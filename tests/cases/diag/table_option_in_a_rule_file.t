*filter
-A INPUT -t filter -j DROP
-w -A INPUT -j DROP
COMMIT
----
rules:2:10: error: a rule file names the table in the line '*filter', not by -t [unknown-option]
  -A INPUT -t filter -j DROP
           ^~~~~~~~~
rules:3:1: error: --wait is for the command line, not for a rule file [unknown-option]
  -w -A INPUT -j DROP
  ^~

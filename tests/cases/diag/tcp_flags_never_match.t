*filter
-A INPUT -p tcp --tcp-flags SYN ACK -j DROP
COMMIT
----
rules:2:17: warning: flags that must be set are not among those that are looked at (SYN) [never-matches]
  -A INPUT -p tcp --tcp-flags SYN ACK -j DROP
                  ^~~~~~~~~~~~~~~~~~~

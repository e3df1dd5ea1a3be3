*filter
-A INPUT -p tcp --tcp-flags SYN -j DROP
COMMIT
----
rules:2:17: error: --tcp-flags needs two arguments [missing-argument]
  -A INPUT -p tcp --tcp-flags SYN -j DROP
                  ^~~~~~~~~~~~~~~

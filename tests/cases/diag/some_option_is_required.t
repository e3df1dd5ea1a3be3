*filter
-A INPUT -p tcp -m multiport -j ACCEPT
COMMIT
----
rules:2:17: error: multiport needs an option: --source-ports, for one [missing-option]
  -A INPUT -p tcp -m multiport -j ACCEPT
                  ^~~~~~~~~~~~

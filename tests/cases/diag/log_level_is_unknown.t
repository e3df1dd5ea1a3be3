*filter
-A INPUT -j LOG --log-level loud
COMMIT
----
rules:2:29: error: 'loud' is no log level: neither 0-7 nor emerg, alert, crit, error, warning, notice, info or debug [log-level]
  -A INPUT -j LOG --log-level loud
                              ^~~~

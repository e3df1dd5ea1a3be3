*filter
-A INPUT -p tcp -m tcp --de 1.2.3.4 -j DROP
COMMIT
----
rules:2:24: error: --de may be --destination or --destination-port; write it out [ambiguous-option]
  -A INPUT -p tcp -m tcp --de 1.2.3.4 -j DROP
                         ^~~~

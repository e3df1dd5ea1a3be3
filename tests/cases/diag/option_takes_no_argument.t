*filter
-A INPUT -p tcp --syn=1 -j DROP
COMMIT
----
rules:2:17: error: --syn takes no argument [bad-argument]
  -A INPUT -p tcp --syn=1 -j DROP
                  ^~~~~~~

*filter
-A INPUT -m iprange --src-range 1.2.3.9-1.2.3.4 -j DROP
COMMIT
----
rules:2:33: warning: no address is in the reversed range 1.2.3.9-1.2.3.4 [never-matches]
  -A INPUT -m iprange --src-range 1.2.3.9-1.2.3.4 -j DROP
                                  ^~~~~~~~~~~~~~~

*filter
-A INPUT -p tcp -m multiport --dports 80 --sports 80 -j DROP
COMMIT
----
rules:2:42: error: --dports and --sports do not go together [option-conflict]
  -A INPUT -p tcp -m multiport --dports 80 --sports 80 -j DROP
                                           ^~~~~~~~~~~

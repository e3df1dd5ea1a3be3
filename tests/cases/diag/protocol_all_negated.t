*filter
-A INPUT ! -p all -j DROP
COMMIT
----
rules:2:15: error: '! --protocol all' would match nothing [protocol]
  -A INPUT ! -p all -j DROP
                ^~~

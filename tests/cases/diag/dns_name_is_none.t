*filter
-A INPUT -m dns --qname a..b -j DROP
COMMIT
----
rules:2:27: error: this label is empty [dns-name]
  -A INPUT -m dns --qname a..b -j DROP
                            ^

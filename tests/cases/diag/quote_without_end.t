*filter
-A INPUT -m comment --comment "no end -j DROP
COMMIT
----
rules:2:31: error: the quote has no end in this line; close it with '"' [unterminated-quote]
  -A INPUT -m comment --comment "no end -j DROP
                                ^~~~~~~~~~~~~~~

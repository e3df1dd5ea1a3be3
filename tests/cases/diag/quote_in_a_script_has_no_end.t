iptables -A INPUT -m comment --comment "open -j DROP
iptables -F
----
rules:1:40: error: the quote has no end in this file [unterminated-quote]
  iptables -A INPUT -m comment --comment "open -j DROP
                                         ^~~~~~~~~~~~~

iptables -A INPUT \
	-m comment --comment 'it'"'"'s "one"' \
	-p t\cp --dport 2\
2 -j DRO"P" # a comment
iptables -D INPUT 1 ; iptables -D INPUT 1
----
rules:5:41: error: '1' is no rule of chain INPUT: it has none [rule-number]
  iptables -D INPUT 1 ; iptables -D INPUT 1
                                          ^

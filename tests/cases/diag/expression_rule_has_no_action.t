accept arp
drup udp
----
rules:2:1: error: 'drup' is no action; a rule is drop, accept, count, sample 1/N or limit R/s[:BURST], and an expression [keyword]
  drup udp
  ^~~~

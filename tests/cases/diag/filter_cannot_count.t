% target socket
==== rules.pcapf
count udp
drop udp port 53
----
rules.pcapf:1:1: warning: a filter cannot count: the rule is left out [no-effect]
  count udp
  ^~~~~~~~~

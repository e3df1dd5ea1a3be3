iptables -N a
iptables -A INPUT -j a
iptables -X a
iptables -X
iptables -X INPUT
----
rules:3:13: error: chain a cannot be deleted: rules jump to it [chain-in-use]
  iptables -X a
              ^
rules:4:10: error: chain a cannot be deleted: rules jump to it [chain-in-use]
  iptables -X
           ^~
rules:5:13: error: INPUT is a base chain: it cannot be deleted [chain-in-use]
  iptables -X INPUT
              ^~~~~

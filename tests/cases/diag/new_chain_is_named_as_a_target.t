iptables -N LOG
iptables -N "a b"
iptables -N a
iptables -E a INPUT
iptables -E INPUT b
iptables -E nothing b
----
rules:1:13: error: LOG is a target of iptables: -N refuses it as a name [chain-name]
  iptables -N LOG
              ^~~
rules:2:13: error: a chain's name has 1 to 28 bytes, no blank, and does not begin with '-' or '!' [chain-name]
  iptables -N "a b"
              ^~~~~
rules:4:15: error: 'INPUT' is a base chain and exists always [duplicate-chain]
  iptables -E a INPUT
                ^~~~~
rules:5:13: error: INPUT is a base chain: its name stays [chain-name]
  iptables -E INPUT b
              ^~~~~
rules:6:13: error: table filter has no chain 'nothing' [unknown-chain]
  iptables -E nothing b
              ^~~~~~~

